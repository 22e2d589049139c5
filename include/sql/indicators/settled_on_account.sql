-- Purpose: what payments that name no invoice settled, per customer. Parameters: none; reads on_account. Grain: one row per customer. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT customer_key, sum(amount::DOUBLE) AS amount FROM on_account GROUP BY customer_key
