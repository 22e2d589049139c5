-- Purpose: credit notes that name an invoice of the same account, and that invoice. Variables: run_as_of; reads invoices.
-- Grain: one row per applied credit note. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT n.item_key, n.account_key, i.item_key AS invoice_key
FROM invoices AS n JOIN invoices AS i ON i.account_key = n.account_key AND i.invoice_id = n.ref_invoice_id
WHERE n.doc_type = 'credit_note' AND n.ref_invoice_id IS NOT NULL AND i.doc_type <> 'credit_note' AND i.amount > 0
    AND NOT (n.as_of <= getvariable('run_as_of')::DATE AND n.status IS NOT DISTINCT FROM 'reversed')
