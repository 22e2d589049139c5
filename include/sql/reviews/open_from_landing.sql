-- Purpose: open the landed reviews; one that exists already is left alone.
-- Parameters: opened_on, opened_at, run_id, policy_digest. Grain: one row per review opened. Dialect: PostgreSQL.
INSERT INTO review (
    customer_key, kind, policy_line, period_key, period_months, state, owner, deputy, risk_class, due_on, opened_on, opened_at,
    is_late, calendar_incomplete, run_id, pack, pack_sha256, policy_digest, causes, wanted_on,
    due_that_week, moved_because, cadence_because, checklist_digest, snapshot_sha256
)
SELECT
    customer_key, kind, policy_line, period_key, period_months, 'assigned' AS state, owner, deputy, risk_class, due_on,
    CAST(:opened_on AS date) AS opened_on, CAST(:opened_at AS timestamptz) AS opened_at, is_late, calendar_incomplete,
    CAST(:run_id AS bigint) AS run_id, pack, pack_sha256, CAST(:policy_digest AS text) AS policy_digest, CAST(causes AS text []) AS causes,
    wanted_on, due_that_week, moved_because, cadence_because, checklist_digest,
    pack_sha256 AS snapshot_sha256
FROM review_landing
WHERE review_id IS NULL
ORDER BY customer_key
ON CONFLICT (customer_key, policy_line, period_key) DO NOTHING
RETURNING review_id, version, customer_key, policy_line, period_key;
