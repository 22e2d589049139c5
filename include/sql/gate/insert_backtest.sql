-- Purpose: keep a back-test; the same report is kept once.
-- Parameters: digest, set_digest, base_digest, as_of, customers, exposure, is_point_in_time, report, seconds, person, at.
-- Grain: one row per report. Dialect: PostgreSQL.
INSERT INTO policy_backtest (
    digest, set_digest, base_digest, as_of, customers, exposure, is_point_in_time, report, seconds, made_by, made_at
)
VALUES (
    :digest, :set_digest, :base_digest, CAST(:as_of AS date), :customers, CAST(:exposure AS numeric), :is_point_in_time, :report, :seconds,
    :person, :at
)
ON CONFLICT (digest) DO NOTHING
RETURNING backtest_id;
