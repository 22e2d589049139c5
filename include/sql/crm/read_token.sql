-- Purpose: the sealed token of a connection. Parameters: connection. Grain: at most one row. Dialect: PostgreSQL.
SELECT sealed, good_until
FROM crm_token
WHERE connection = :connection;
