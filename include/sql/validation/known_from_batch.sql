-- Purpose: count the accepted customers of the batch itself as known. Parameters: none.
-- Grain: one row per customer. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
INSERT INTO known_account
SELECT customer_id FROM staged_customers
WHERE source_row NOT IN (SELECT source_row FROM problem
WHERE dataset = 'customers');
