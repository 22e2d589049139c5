-- Purpose: read the newest summary, or that of a business date. Parameters: as_of (may be NULL). Grain: one row. Dialect: PostgreSQL.
SELECT as_of, run_id, assessed_as_of, policy_version, currency, customers, exposure, overdue, expected_loss, provision, average_overdue,
    financing_cost, digest, written_at
FROM portfolio_summary WHERE as_of = coalesce(CAST(:as_of AS date), (SELECT max(as_of) FROM portfolio_summary));
