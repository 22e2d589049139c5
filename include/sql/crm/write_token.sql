-- Purpose: keep a connection's token for all processes. Parameters: connection, sealed, good_until. Grain: one row.
-- Dialect: PostgreSQL.
INSERT INTO crm_token (connection, sealed, good_until)
VALUES (:connection, :sealed, :good_until)
ON CONFLICT (connection) DO UPDATE SET sealed = excluded.sealed, good_until = excluded.good_until;
