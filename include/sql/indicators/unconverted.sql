-- Purpose: customers with an amount in a currency without a rate at the date. Parameters: as_of.
-- Grain: one row per customer. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT customer_key FROM invoices WHERE rate IS NULL AND issue_date <= $as_of
UNION
SELECT customer_key FROM payments WHERE rate IS NULL AND payment_date <= $as_of
UNION
SELECT customer_key FROM orders WHERE rate IS NULL AND order_date <= $as_of
UNION
SELECT customer_key FROM disputes WHERE rate IS NULL AND opened_on <= $as_of
UNION
SELECT customer_key FROM promises WHERE rate IS NULL AND promised_on <= $as_of
UNION
SELECT customer_key FROM credit_limits WHERE rate IS NULL AND valid_from <= $as_of
