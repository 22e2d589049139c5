-- Purpose: the newest payments of one customer. Parameters: customer_key, as_of, how_many. Grain: one row per payment. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT
    payments.payment_id, payments.payment_date, CASE WHEN payments.is_reversal THEN -payments.amount ELSE payments.amount END AS amount,
    payments.currency, payments.method, any_value(coalesce(invoices.invoice_no, invoices.invoice_id)) AS invoice_no,
    any_value(payments.payment_date - invoices.due_date) AS days_after_due
FROM payments
LEFT JOIN invoices ON payments.invoice_key = invoices.item_key AND invoices.customer_key = $customer_key
WHERE payments.customer_key = $customer_key AND payments.payment_date <= $as_of
GROUP BY payments.payment_id, payments.payment_date, payments.amount, payments.is_reversal, payments.currency, payments.method
ORDER BY payments.payment_date DESC, payments.payment_id
LIMIT $how_many
