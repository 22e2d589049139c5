-- Purpose: every back-test without its report, the newest first. Parameters: none. Grain: one row per back-test. Dialect: PostgreSQL.
SELECT
    policy_backtest.backtest_id, policy_set.risk_version, policy_backtest.set_digest, policy_backtest.as_of, policy_backtest.customers,
    policy_backtest.is_point_in_time, policy_backtest.seconds, policy_backtest.made_by, policy_backtest.made_at
FROM policy_backtest
INNER JOIN policy_set ON policy_backtest.set_digest = policy_set.digest
ORDER BY policy_backtest.backtest_id DESC;
