-- Purpose: record the proof of a business date. Parameters: as_of, run_id, active, fresh, listed, unexplained, digest, at.
-- Grain: one row. Dialect: PostgreSQL.
INSERT INTO completeness_proof (as_of, run_id, active, fresh, listed, unexplained, digest, proven_at)
VALUES (:as_of, :run_id, :active, :fresh, :listed, :unexplained, :digest, :at);
