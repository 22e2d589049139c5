-- Purpose: take the duties whose next rung is due, locked; those another process holds are left to it.
-- Parameters: now, limit. Grain: one row per due duty. Dialect: PostgreSQL.
SELECT duty_id, kind, subject_type, subject_id, role, owner, deputy, due_at, level, ladder, facts
FROM duty
WHERE state = 'open' AND next_at <= :now
ORDER BY next_at, duty_id
LIMIT :limit
FOR UPDATE SKIP LOCKED;
