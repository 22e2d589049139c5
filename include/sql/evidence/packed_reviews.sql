-- Purpose: the reviews with a pack that was not forgotten. Parameters: none. Grain: one row per review. Dialect: PostgreSQL.
SELECT review_id FROM review WHERE pack IS NOT NULL AND forgotten_at IS NULL ORDER BY review_id;
