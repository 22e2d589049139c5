-- Purpose: the newest back-test that supports a proposal: of exactly this set beside exactly what is in force, by what was known then.
-- Parameters: digest, base_digest. Grain: at most one row. Dialect: PostgreSQL.
SELECT backtest_id, digest, as_of, customers, exposure, is_point_in_time FROM policy_backtest
WHERE set_digest = :digest AND base_digest = :base_digest AND is_point_in_time
ORDER BY as_of DESC, backtest_id DESC
LIMIT 1;
