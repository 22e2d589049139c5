-- Purpose: read the newest completeness proof, or that of a business date. Parameters: as_of (may be NULL). Grain: one row.
-- Dialect: PostgreSQL.
SELECT as_of, run_id, active, fresh, listed, unexplained, digest, proven_at
FROM completeness_proof WHERE as_of = coalesce(CAST(:as_of AS date), (SELECT max(as_of) FROM completeness_proof));
