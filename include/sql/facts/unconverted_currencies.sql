-- Purpose: currencies of amounts that no rate converts at the date, of one customer or of all. Parameters: as_of, customer_key
-- (NULL for all). Grain: one row per currency. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
WITH amounts AS (
    SELECT customer_key, currency, issue_date AS dated FROM invoices WHERE rate IS NULL
    UNION ALL
    SELECT customer_key, currency, payment_date FROM payments WHERE rate IS NULL
    UNION ALL
    SELECT customer_key, currency, order_date FROM orders WHERE rate IS NULL
    UNION ALL
    SELECT customer_key, currency, opened_on FROM disputes WHERE rate IS NULL
    UNION ALL
    SELECT customer_key, currency, promised_on FROM promises WHERE rate IS NULL
    UNION ALL
    SELECT customer_key, currency, valid_from FROM credit_limits WHERE rate IS NULL
)

SELECT DISTINCT currency FROM amounts
WHERE dated <= $as_of AND customer_key = coalesce($customer_key, customer_key)
ORDER BY currency
