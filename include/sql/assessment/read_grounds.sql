-- Purpose: read what an assessment rested on; of a run that was killed after its rows were stored, what the run after it led to the same
-- result from. Parameters: as_of, run_id, result_digest. Grain: at most one row. Dialect: PostgreSQL.
SELECT body FROM grounds
WHERE as_of = :as_of AND result_digest = :result_digest
ORDER BY run_id <> :run_id, run_id
LIMIT 1;
