-- Purpose: what settles billed items: payments, and credit notes that name the invoice they are for. Variables: run_as_of; reads payments,
-- invoices, applied_notes. Grain: one row per payment and per applied credit note. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT account_key, customer_key, invoice_key, payment_date, is_reversal, amount, rate FROM payments
UNION ALL
SELECT n.account_key, n.customer_key, a.invoice_key, n.issue_date, false, abs(n.amount), n.rate
FROM invoices AS n JOIN applied_notes AS a ON a.item_key = n.item_key
