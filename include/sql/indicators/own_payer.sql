-- Purpose: accounts that appear as payers with the customers they belong to, so that a customer's second account is no third party.
-- Parameters: none; reads payments and customers. Grain: one row per account and customer. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT DISTINCT c.item_key, c.customer_key
FROM customers AS c SEMI JOIN (SELECT DISTINCT payer_key FROM payments WHERE payer_key <> 0) AS p ON p.payer_key = c.item_key
