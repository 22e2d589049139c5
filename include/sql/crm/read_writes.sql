-- Purpose: writes over a connection in some states, oldest first. Parameters: connection, states. Grain: one row per write.
-- Dialect: PostgreSQL.
SELECT write_id, connection, object, record_id, customer_key, changes, task, digest, needs_person, state, version
FROM crm_write
WHERE connection = :connection AND state = ANY(CAST(:states AS text []))
ORDER BY write_id;
