-- Purpose: open the landed reviews that were planned. Parameters: opened_on, opened_at, run_id, policy_digest.
-- Grain: one row per review opened. Dialect: PostgreSQL.
UPDATE review
SET
    state = 'assigned', version = review.version + 1, owner = landed.owner, deputy = landed.deputy, risk_class = landed.risk_class,
    due_on = landed.due_on, wanted_on = landed.wanted_on, due_that_week = landed.due_that_week, moved_because = landed.moved_because,
    cadence_because = landed.cadence_because, opened_on = :opened_on, opened_at = :opened_at, is_late = landed.is_late,
    calendar_incomplete = landed.calendar_incomplete, run_id = :run_id, pack = landed.pack, pack_sha256 = landed.pack_sha256,
    snapshot_sha256 = landed.pack_sha256, policy_digest = :policy_digest, checklist_digest = landed.checklist_digest
FROM review_landing AS landed
WHERE review.review_id = landed.review_id AND review.state = 'planned'
RETURNING review.review_id, review.version, review.customer_key, review.policy_line, review.period_key;
