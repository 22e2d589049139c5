-- Purpose: what one customer owes, item by item, the oldest due first. Parameters: customer_key, as_of, how_many.
-- Grain: one row per open invoice. Dialect: DuckDB.
-- Open at the date = amount less the larger of payments and credit notes for it by then and what a dated extract says is settled, as in payment.sql.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
WITH paid AS (
    SELECT invoice_key, sum(CASE WHEN is_reversal THEN -amount::DOUBLE ELSE amount::DOUBLE END) AS amount
    FROM settlements
    WHERE customer_key = $customer_key AND payment_date <= $as_of AND invoice_key IS NOT NULL
    GROUP BY invoice_key
),

rest AS (
    SELECT
        i.invoice_id, i.invoice_no, i.issue_date, i.due_date, i.currency, i.amount::DOUBLE AS amount, i.rate,
        CASE
            WHEN i.cleared_date <= $as_of OR i.absent_on <= $as_of THEN 0.0
            WHEN i.as_of <= $as_of AND i.status IN ('cleared', 'written_off', 'reversed') THEN 0.0
            ELSE round(i.amount::DOUBLE - greatest(coalesce(p.amount, 0.0),
                CASE WHEN i.as_of <= $as_of AND i.open_amount IS NOT NULL THEN i.amount::DOUBLE - i.open_amount::DOUBLE ELSE 0.0 END), 2)
        END AS open_amount
    FROM invoices AS i
    LEFT JOIN paid AS p ON i.item_key = p.invoice_key
    WHERE i.customer_key = $customer_key AND i.issue_date <= $as_of AND i.doc_type <> 'credit_note' AND i.amount > 0
)

SELECT
    coalesce(invoice_no, invoice_id) AS invoice_no, issue_date, due_date, greatest(0, $as_of::DATE - due_date) AS days_late,
    amount, open_amount, currency, round(open_amount * rate, 2) AS reporting_amount
FROM rest
WHERE open_amount > 0
ORDER BY due_date, invoice_no
LIMIT $how_many
