-- Purpose: a back-test with its report. Parameters: backtest_id. Grain: at most one row. Dialect: PostgreSQL.
SELECT
    backtest_id, digest, set_digest, base_digest, as_of, customers, exposure, is_point_in_time, report, seconds, made_by, made_at
FROM policy_backtest
WHERE backtest_id = :backtest_id;
