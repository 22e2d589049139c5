-- Purpose: read what an assessment rested on. Parameters: as_of, run_id, result_digest. Grain: one row. Dialect: PostgreSQL.
SELECT body FROM grounds WHERE as_of = :as_of AND run_id = :run_id AND result_digest = :result_digest;
