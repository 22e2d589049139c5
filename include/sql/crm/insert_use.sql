-- Purpose: record what a connection was used for once it is closed. Parameters: connection, now, calls, credits. Grain: one row.
-- Dialect: PostgreSQL.
INSERT INTO crm_use (connection, used_at, calls, credits)
VALUES (:connection, :now, :calls, :credits);
