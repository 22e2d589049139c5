-- Purpose: the reviews with a pack. Parameters: none. Grain: one row per review. Dialect: PostgreSQL.
SELECT review_id FROM review WHERE pack IS NOT NULL ORDER BY review_id;
