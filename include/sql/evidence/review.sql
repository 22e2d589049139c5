-- Purpose: one review with what its decision rested on. Parameters: review_id. Grain: at most one row. Dialect: PostgreSQL.
SELECT
    review_id, customer_key, state, version, pack, pack_sha256, snapshot_sha256, recommendation, measures, terms_sha256, proposed_by,
    decided_by, approval_round, forgotten_at
FROM review WHERE review_id = :review_id;
