-- Purpose: record one row of the portfolio's figures. Parameters: the columns. Grain: one row per date, bucket and target. Dialect: PostgreSQL.
INSERT INTO portfolio_roll (as_of, bucket, target, amount, items, share)
VALUES (:as_of, :bucket, :target, :amount, :items, :share);
