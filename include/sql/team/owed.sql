-- Purpose: what each person owes. Parameters: now; persons and until (arrays: the last day that is soon for a person).
-- Grain: one row per person with open duties. Dialect: PostgreSQL.
WITH spans AS (
    SELECT person, until FROM unnest(cast(:persons AS text []), cast(:until AS date [])) AS s (person, until)
)

SELECT
    duty.owner,
    count(*) FILTER (WHERE duty.kind ~ '^review(_\d+)?$') AS reviews,
    count(*) FILTER (WHERE duty.kind ~ '(approval|decision|appeal)') AS approvals,
    count(*) FILTER (WHERE duty.subject_type = 'step') AS steps,
    count(*) FILTER (
        WHERE duty.kind !~ '^review(_\d+)?$' AND duty.kind !~ '(approval|decision|appeal)' AND duty.subject_type <> 'step'
    ) AS other,
    count(*) FILTER (WHERE duty.due_at < :now) AS overdue,
    count(*) FILTER (
        WHERE duty.kind ~ '^review(_\d+)?$' AND duty.due_at < cast(spans.until + 1 AS timestamptz)
    ) AS due_soon
FROM duty
LEFT JOIN spans ON duty.owner = spans.person
WHERE duty.state IN ('open', 'exhausted')
GROUP BY duty.owner
ORDER BY duty.owner;
