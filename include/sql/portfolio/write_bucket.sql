-- Purpose: record one row of the portfolio's figures. Parameters: the columns. Grain: one row per date, bucket. Dialect: PostgreSQL.
INSERT INTO portfolio_bucket (as_of, bucket, balance, observed_rate, credibility, loss_rate, provision)
VALUES (:as_of, :bucket, :balance, :observed_rate, :credibility, :loss_rate, :provision);
