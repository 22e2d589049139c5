-- Purpose: orders behind T1-T6: one row per order line of three years; numpy counts days, months and gaps from them, because a
-- customer's own 95th percentile of gaps and monthly spread have no cheap set form.
-- Parameters: low, high (account keys), as_of, oldest (first day outside). Grain: one row per order line. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT
    customer_key, ($as_of - order_date)::INTEGER AS days, amount::DOUBLE * rate AS value,
    as_of <= $as_of AND status = 'returned' AS is_returned, as_of <= $as_of AND status IN ('open', 'delivered') AS is_committed
FROM orders
WHERE account_key BETWEEN $low AND $high AND order_date <= $as_of AND order_date > $oldest
    AND NOT (as_of <= $as_of AND status = 'cancelled')
