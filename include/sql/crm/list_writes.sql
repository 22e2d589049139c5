-- Purpose: writes for people, newest first. Parameters: state (NULL for all), limit. Grain: one row per write. Dialect: PostgreSQL.
SELECT
    w.write_id, w.connection, w.object, w.record_id, customer.customer_id, w.task_key, w.changes, w.edited, w.needs_person, w.state,
    w.version, w.digest, w.problem, w.proposed_at, w.decided_by, w.confirmed_at
FROM crm_write AS w
LEFT JOIN customer ON w.customer_key = customer.customer_key
WHERE CAST(:state AS text) IS NULL OR w.state = :state
ORDER BY w.write_id DESC
LIMIT :limit;
