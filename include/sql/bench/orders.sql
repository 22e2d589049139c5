-- Purpose: invented orders in order of date; every fiftieth customer stops ordering in the last hundred days.
-- Variables: customers, orders, as_of. Grain: one row per order. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT
    format('ORD{:011d}', o) AS order_id, '1' AS line_no, format('C{:07d}', c) AS customer_id, order_date,
    round(exp(6.5 + 1.6 * (u - 0.5)), 2)::DECIMAL(18, 2) AS amount, 'CNY' AS currency,
    CASE WHEN order_date > getvariable('as_of') - 10 THEN 'open' WHEN hash(o, 33) % 200 = 0 THEN 'returned'
        WHEN hash(o, 33) % 200 = 1 THEN 'cancelled' ELSE 'invoiced' END AS status
FROM (
    SELECT
        o, (hash(o, 31) % getvariable('customers'))::BIGINT AS c,
        (getvariable('as_of') - 1095 + (o * 1095 // getvariable('orders'))::INTEGER)::DATE AS order_date,
        (hash(o, 32) % 1000000) / 1e6 AS u
    FROM range(getvariable('orders')) AS t(o)
)
WHERE NOT (c % 50 = 0 AND order_date > getvariable('as_of') - 100)
