-- Purpose: read one part of the portfolio's figures. Parameters: as_of. Grain: one row per bucket and target. Dialect: PostgreSQL.
SELECT bucket, target, amount, items, share
FROM portfolio_roll WHERE as_of = :as_of ORDER BY bucket, target;
