-- Purpose: the fact table versions the last finished assessment was computed from.
-- Parameters: none. Grain: one row, or none before the first assessment. Dialect: PostgreSQL.
SELECT pins -> 'facts' AS facts
FROM run
WHERE stage = 'recompute_risk' AND state = 'finished'
ORDER BY run_id DESC
LIMIT 1;
