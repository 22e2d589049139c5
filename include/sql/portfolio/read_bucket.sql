-- Purpose: read one part of the portfolio's figures. Parameters: as_of. Grain: one row per bucket. Dialect: PostgreSQL.
SELECT bucket, balance, observed_rate, credibility, loss_rate, provision
FROM portfolio_bucket WHERE as_of = :as_of ORDER BY bucket;
