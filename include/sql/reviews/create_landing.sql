-- Purpose: take the reviews of one opening before they are inserted; their causes as the text of an array. Parameters: none.
-- Grain: one row per review. Dialect: PostgreSQL.
CREATE TEMPORARY TABLE review_landing (
    review_id bigint, customer_key bigint, kind text, policy_line text, period_key text, period_months smallint, owner text, deputy text,
    risk_class smallint, due_on date, is_late boolean, calendar_incomplete boolean, causes text,
    wanted_on date, due_that_week integer, moved_because text, cadence_because text,
    checklist_digest text, pack bytea, pack_sha256 text
) ON COMMIT DROP;
ALTER TABLE review_landing ALTER COLUMN pack SET STORAGE EXTERNAL;
