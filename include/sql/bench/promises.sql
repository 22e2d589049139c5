-- Purpose: a promise to pay for every hundredth invented invoice that was paid late. Variables: as_of; reads table bench_item.
-- Grain: one row per promise. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT
    format('PRO{:011d}', i) AS promise_id, format('C{:07d}', c) AS customer_id, format('INV{:011d}', i) AS invoice_id,
    (due_date + 5)::DATE AS promised_on, (due_date + 15)::DATE AS due_on, amount, 'CNY' AS currency
FROM bench_item WHERE i % 20 = 0 AND (paid_on IS NULL OR paid_on > due_date + 5) AND due_date + 5 <= getvariable('as_of')
