-- Purpose: erasures that were decided and are not done with the files (I12). Parameters: how_many.
-- Grain: one row per finding, the first :how_many. Dialect: PostgreSQL.
WITH broken AS (
    SELECT 'erasure ' || erasure_id || ' of customer ' || customer_key AS subject FROM erasure
    WHERE state = 'erased' AND files_erased_at IS NULL
)

SELECT broken.subject, count(*) OVER () AS broken
FROM broken
ORDER BY broken.subject
LIMIT :how_many;
