-- Purpose: a dispute about every two hundredth invented invoice. Variables: as_of; reads table bench_item.
-- Grain: one row per dispute. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT
    format('DIS{:011d}', i) AS dispute_id, format('C{:07d}', c) AS customer_id, format('INV{:011d}', i) AS invoice_id,
    (issue_date + 20)::DATE AS opened_on, CASE WHEN i % 400 = 0 THEN (issue_date + 60)::DATE END AS resolved_on, amount, 'CNY' AS currency
FROM bench_item WHERE i % 200 = 0 AND issue_date + 20 <= getvariable('as_of')
