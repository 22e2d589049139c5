-- Purpose: what we wrote over a connection and what stood there before. Parameters: connection. Grain: one row per record and fact.
-- Dialect: PostgreSQL.
SELECT record_id, fact, value, original
FROM crm_field
WHERE connection = :connection;
