-- Purpose: the steps of the approval of a measure. Parameters: measure_id. Grain: one row per step. Dialect: PostgreSQL.
SELECT step, roles, asked, duty_kind, state, decided_by, decided_at, reason
FROM measure_approval
WHERE measure_id = :measure_id
ORDER BY step;
