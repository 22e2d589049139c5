-- Purpose: the duties of a period by kind: due in it, opened in it, and what became of those due; overdue ones of earlier periods too.
-- Parameters: starts, ends, campaign_id (whose exceptions count). Grain: one row per kind. Dialect: PostgreSQL.
WITH counted AS (
    SELECT
        regexp_replace(duty.kind, '_\d+$', '') AS kind, duty.state, duty.due_at, duty.closed_at,
        duty.due_at >= :starts AND duty.due_at < :ends AS is_due, duty.opened_at >= :starts AND duty.opened_at < :ends AS is_opened,
        duty.state IN ('open', 'exhausted') AND duty.due_at < :ends AS is_overdue, exception.duty_id IS NOT NULL AS is_excepted
    FROM duty
    LEFT JOIN campaign_exception AS exception
        ON duty.duty_id = exception.duty_id AND exception.campaign_id = cast(:campaign_id AS bigint)
    WHERE duty.subject_type <> 'campaign' AND duty.opened_at < :ends
)

SELECT
    kind,
    count(*) FILTER (WHERE is_due) AS due,
    count(*) FILTER (WHERE is_opened) AS opened,
    count(*) FILTER (WHERE is_due AND state = 'done' AND closed_at <= due_at) AS done_in_time,
    count(*) FILTER (WHERE is_due AND state = 'done' AND closed_at > due_at) AS done_late,
    count(*) FILTER (WHERE is_due AND state = 'cancelled') AS cancelled,
    count(*) FILTER (WHERE is_overdue) AS overdue,
    count(*) FILTER (WHERE is_overdue AND is_excepted) AS excepted
FROM counted
WHERE is_due OR is_opened OR is_overdue
GROUP BY kind
ORDER BY kind;
