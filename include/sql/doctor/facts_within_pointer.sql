-- Purpose: published batches whose rows lie beyond the version readers see (I8).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT published.batch_id || ' ' || published.dataset AS subject, count(*) OVER () AS broken
FROM fact_batch AS published
LEFT JOIN fact_table AS pointer ON published.dataset = pointer.dataset
WHERE published.version > coalesce(pointer.version, -1)
ORDER BY published.batch_id, published.dataset
LIMIT :how_many;
