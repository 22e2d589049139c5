-- Purpose: drop the master data of customers whose accounts changed hands, and of accounts under their former customer.
-- Parameters: none; reads moved_accounts, writes master. Grain: one row per customer. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
DELETE FROM master
WHERE customer_key IN (SELECT customer_key FROM moved_accounts UNION SELECT account_key >> 8 FROM moved_accounts)
