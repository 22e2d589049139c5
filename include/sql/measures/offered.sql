-- Purpose: the strategy in the pack of a review, and whether its facts still stand. Parameters: review_id.
-- Grain: at most one row. Dialect: PostgreSQL.
SELECT CAST(convert_from(pack, 'UTF8') AS jsonb) -> 'strategy' AS strategy, snapshot_sha256 = pack_sha256 AS stands
FROM review
WHERE review_id = :review_id;
