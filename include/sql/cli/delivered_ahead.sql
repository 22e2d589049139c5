-- Purpose: sources all of whose facts are of a later day than a run was for. Parameters: as_of. Grain: one row per source. Dialect:
-- PostgreSQL.
SELECT
    source_id,
    min(as_of) AS first_as_of
FROM fact_batch
GROUP BY source_id
HAVING min(as_of) > :as_of
ORDER BY source_id;
