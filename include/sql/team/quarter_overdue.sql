-- Purpose: duties overdue at the end of a period, with their exceptions. Parameters: ends, campaign_id.
-- Grain: one row per duty. Dialect: PostgreSQL.
SELECT
    duty.duty_id, regexp_replace(duty.kind, '_\d+$', '') AS kind, duty.subject_type, duty.subject_id, duty.owner, duty.due_at,
    exception.reason, exception.person
FROM duty
LEFT JOIN campaign_exception AS exception
    ON duty.duty_id = exception.duty_id AND exception.campaign_id = cast(:campaign_id AS bigint)
WHERE duty.state IN ('open', 'exhausted') AND duty.due_at < :ends AND duty.opened_at < :ends AND duty.subject_type <> 'campaign'
ORDER BY duty.duty_id;
