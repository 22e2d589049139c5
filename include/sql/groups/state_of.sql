-- Purpose: what the relations in force on a day follow from: the day, the versions of the facts, and the deliveries known, for one
-- that brings nothing new may end what it does not name. Parameters: as_of, versions (JSON), known_at. Grain: one row. Dialect: PostgreSQL.
SELECT jsonb_build_object(
    'as_of', CAST(:as_of AS date), 'versions', CAST(:versions AS jsonb), 'batches', count(*), 'newest', max(batch_id)
) AS state
FROM fact_batch
WHERE dataset IN ('relations', 'fx_rates') AND known_at <= :known_at AND published_at <= :known_at;
