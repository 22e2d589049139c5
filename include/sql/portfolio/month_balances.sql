-- Purpose: the receivables by month and bucket. Reads ledger_balance. Parameters: none. Grain: one row per month and bucket.
-- Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT number, bucket, round(sum(balance), 2) AS balance FROM ledger_balance GROUP BY number, bucket
