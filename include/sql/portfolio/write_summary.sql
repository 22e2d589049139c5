-- Purpose: record the summary of a business date from the losses just loaded. Parameters: as_of, run_id, assessed_as_of,
-- policy_version, currency, cost_pct, digest, at. Grain: one row. Dialect: PostgreSQL.
INSERT INTO portfolio_summary (as_of, run_id, assessed_as_of, policy_version, currency, customers, exposure, overdue, expected_loss,
    provision, average_overdue, financing_cost, digest, written_at)
SELECT :as_of, :run_id, :assessed_as_of, :policy_version, :currency, count(*), coalesce(sum(exposure), 0), coalesce(sum(overdue), 0),
    coalesce(sum(expected_loss), 0), coalesce(sum(provision), 0), coalesce(sum(average_overdue), 0),
    coalesce(sum(average_overdue), 0) * CAST(:cost_pct AS float8) / 100, :digest, :at
FROM customer_loss;
