-- Purpose: the same as transaction.sql where no orders were ever delivered: invoices stand for orders.
-- Parameters: low, high (account keys), as_of, oldest (first day outside). Grain: one row per invoice. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT
    customer_key, ($as_of - issue_date)::INTEGER AS days, amount::DOUBLE * rate AS value, false AS is_returned, false AS is_committed
FROM invoices
WHERE account_key BETWEEN $low AND $high AND issue_date <= $as_of AND issue_date > $oldest AND doc_type <> 'credit_note'
    AND amount > 0 AND NOT (as_of <= $as_of AND status IS NOT DISTINCT FROM 'reversed')
