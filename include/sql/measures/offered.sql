-- Purpose: what the strategy in the pack of a review proposes, as long as its facts stand. Parameters: review_id.
-- Grain: at most one row. Dialect: PostgreSQL.
SELECT CAST(convert_from(pack, 'UTF8') AS jsonb) -> 'strategy' AS strategy
FROM review
WHERE review_id = :review_id AND snapshot_sha256 = pack_sha256;
