-- Purpose: all sign-offs, the newest first. Parameters: none. Grain: one row per period. Dialect: PostgreSQL.
SELECT
    campaign_id, period_key, starts_on, ends_before, state, version, figures, figures_sha256, counted_at, decided_by, decided_at,
    decision_reason
FROM campaign
ORDER BY starts_on DESC;
