-- Purpose: read one part of the portfolio's figures. Parameters: as_of. Grain: one row per month end. Dialect: PostgreSQL.
SELECT ends_on, sales, receivables, overdue, dso, best_possible_dso, average_days_delinquent, countback_dso, cei_pct
FROM portfolio_month WHERE as_of = :as_of ORDER BY ends_on;
