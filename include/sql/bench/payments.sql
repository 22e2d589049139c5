-- Purpose: payments of the invented invoices, two for every fiftieth; a few come from other parties or countries.
-- Variables: customers, as_of; reads table bench_item.
-- Grain: one row per payment. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT
    format('PAY{:011d}', i) AS payment_id, format('C{:07d}', c) AS customer_id, format('INV{:011d}', i) AS invoice_id,
    paid_on AS payment_date, CASE WHEN in_two_parts THEN (amount / 2)::DECIMAL(18, 2) ELSE amount END AS amount,
    'CNY' AS currency, 'bank' AS method, CASE WHEN hash(i, 16) % 100 = 0 THEN 'HK' ELSE 'CN' END AS payer_country,
    CASE WHEN hash(i, 17) % 50 = 0 THEN format('C{:07d}', hash(i, 18) % getvariable('customers')) END AS payer_account_id
FROM bench_item WHERE paid_on <= getvariable('as_of')
UNION ALL
SELECT
    format('PAY{:011d}B', i), format('C{:07d}', c), format('INV{:011d}', i), paid_on,
    amount - (amount / 2)::DECIMAL(18, 2), 'CNY', 'bank', 'CN', NULL
FROM bench_item WHERE paid_on <= getvariable('as_of') AND in_two_parts
