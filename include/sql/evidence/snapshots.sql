-- Purpose: the later snapshots of the facts under a review. Parameters: review_id. Grain: one row per snapshot. Dialect: PostgreSQL.
SELECT review_id, number, body, sha256, frozen_at, frozen_by, material FROM review_snapshot WHERE review_id = :review_id ORDER BY number;
