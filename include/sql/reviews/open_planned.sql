-- Purpose: open the landed reviews, which were planned. Parameters: none. Grain: none. Dialect: PostgreSQL.
UPDATE review
SET
    state = landed.state, version = review.version + 1, owner = landed.owner, deputy = landed.deputy, risk_class = landed.risk_class,
    due_on = landed.due_on, wanted_on = landed.wanted_on, due_that_week = landed.due_that_week, moved_because = landed.moved_because,
    cadence_because = landed.cadence_because, opened_on = landed.opened_on, opened_at = landed.opened_at, is_late = landed.is_late,
    calendar_incomplete = landed.calendar_incomplete, run_id = landed.run_id, pack = landed.pack, pack_sha256 = landed.pack_sha256,
    snapshot_sha256 = landed.snapshot_sha256, policy_digest = landed.policy_digest, checklist_digest = landed.checklist_digest
FROM review_landing AS landed
WHERE
    review.customer_key = landed.customer_key AND review.policy_line = landed.policy_line AND review.period_key = landed.period_key
    AND review.state = 'planned';
