-- Purpose: the sign-off of a period, locked. Parameters: period_key. Grain: at most one row. Dialect: PostgreSQL.
SELECT
    campaign_id, period_key, starts_on, ends_before, state, version, figures, figures_sha256, counted_at, decided_by, decided_at,
    decision_reason
FROM campaign
WHERE period_key = :period_key
FOR UPDATE;
