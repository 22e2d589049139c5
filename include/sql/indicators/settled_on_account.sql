-- Purpose: what payments that name no invoice settled per customer, and what of them is left over in the reporting currency: cash nobody has applied.
-- Parameters: none; reads on_account. Grain: one row per customer who paid so. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT
    customer_key, coalesce(sum(amount::DOUBLE) FILTER (WHERE invoice_key IS NOT NULL), 0) AS amount,
    round(coalesce(sum(amount::DOUBLE * rate) FILTER (WHERE invoice_key IS NULL), 0), 2) AS left_over
FROM on_account GROUP BY customer_key
