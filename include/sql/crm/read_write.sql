-- Purpose: one write, locked. Parameters: write_id. Grain: at most one row. Dialect: PostgreSQL.
SELECT write_id, connection, object, record_id, customer_key, changes, task, digest, needs_person, state, version
FROM crm_write
WHERE write_id = :write_id
FOR UPDATE;
