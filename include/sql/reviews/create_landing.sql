-- Purpose: take planned reviews that are to be opened, with the columns they are opened with. Parameters: none.
-- Grain: one row per review. Dialect: PostgreSQL.
CREATE TEMPORARY TABLE review_landing ON COMMIT DROP AS
SELECT
    customer_key, kind, policy_line, period_key, period_months, state, owner, deputy, risk_class, due_on, opened_on,
    opened_at, is_late, calendar_incomplete, run_id, pack, pack_sha256, snapshot_sha256, policy_digest, causes, wanted_on,
    due_that_week, moved_because, cadence_because, checklist_digest
FROM review
WITH NO DATA;
