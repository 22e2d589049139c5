-- Purpose: one invented credit limit per customer. Variables: customers. Grain: one row per customer. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT
    format('C{:07d}', c) AS customer_id, 'main' AS credit_area, DATE '2024-01-01' AS valid_from,
    (1000 + 500 * (hash(c, 51) % 40))::DECIMAL(18, 2) AS limit_amount, 'CNY' AS currency, 'standard' AS limit_type
FROM range(getvariable('customers')) AS t(c)
