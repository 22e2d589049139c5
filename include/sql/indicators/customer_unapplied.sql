-- Purpose: what one customer paid on account beyond all that was due. Parameters: customer_key. Grain: one row per currency. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT payment_date, amount, currency, round(amount::DOUBLE * rate, 2) AS reporting_amount
FROM on_account
WHERE customer_key = $customer_key AND invoice_key IS NULL
ORDER BY currency
