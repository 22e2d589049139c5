-- Purpose: suspended reviews whose day has come. Parameters: as_of. Grain: one row per review. Dialect: PostgreSQL.
SELECT review_id FROM review
WHERE state = 'suspended' AND suspended_until <= :as_of
ORDER BY review_id;
