-- Purpose: invented invoices in order of issue over three years; lateness depends on the customer, the last ones are still open.
-- Variables: customers, as_of; reads table bench_item. Grain: one row per invoice. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT
    format('INV{:011d}', i) AS invoice_id, format('C{:07d}', c) AS customer_id, 'invoice' AS doc_type, issue_date, due_date,
    'CNY' AS currency, amount, CASE WHEN paid_on <= getvariable('as_of') THEN 0 ELSE amount END::DECIMAL(18, 2) AS open_amount,
    CASE WHEN paid_on <= getvariable('as_of') THEN 'cleared' ELSE 'open' END AS status,
    CASE WHEN paid_on <= getvariable('as_of') THEN paid_on END AS cleared_date
FROM bench_item
