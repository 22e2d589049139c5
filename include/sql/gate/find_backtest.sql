-- Purpose: the back-test whose report has a digest. Parameters: digest. Grain: at most one row. Dialect: PostgreSQL.
SELECT backtest_id FROM policy_backtest
WHERE digest = :digest;
