-- Purpose: writes for people, newest first. Parameters: state, customer_key, write_id (NULL for all), limit. Grain: one row per write.
-- Dialect: PostgreSQL.
SELECT
    w.write_id, w.connection, w.object, w.record_id, w.customer_key, customer.customer_id, customer.name,
    w.task_key, w.changes, w.edited, w.needs_person, w.state,
    w.version, w.digest, w.problem, w.proposed_at, w.decided_by, w.decided_at, w.reason, w.confirmed_at
FROM crm_write AS w
LEFT JOIN customer ON w.customer_key = customer.customer_key
WHERE
    (CAST(:state AS text) IS NULL OR w.state = :state)
    AND (CAST(:customer_key AS bigint) IS NULL OR w.customer_key = :customer_key)
    AND (CAST(:write_id AS bigint) IS NULL OR w.write_id = :write_id)
ORDER BY w.write_id DESC
LIMIT :limit;
