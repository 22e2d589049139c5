-- Purpose: record one row of the portfolio's figures. Parameters: the columns. Grain: one row per date, month end. Dialect: PostgreSQL.
INSERT INTO portfolio_month (as_of, ends_on, sales, receivables, overdue, dso, best_possible_dso, average_days_delinquent, countback_dso, cei_pct)
VALUES (:as_of, :ends_on, :sales, :receivables, :overdue, :dso, :best_possible_dso, :average_days_delinquent, :countback_dso, :cei_pct);
