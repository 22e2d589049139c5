-- Purpose: every billed item of a block of customers with what it was settled by, from which balances at month ends follow.
-- Parameters: low, high (account keys), as_of. Grain: one row per item with an amount and a rate. Dialect: DuckDB.
-- Cleared by a date without payments = settled then. What only an extract shows as settled, which does not tell the day, counts as paid when it was
-- due, or on the extract's day where that is earlier.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
CREATE OR REPLACE TEMP TABLE ledger_item AS
WITH paid AS (
    SELECT customer_key, invoice_key, max(payment_date) FILTER (WHERE is_reversal IS NOT TRUE) AS last_on
    FROM settlements
    WHERE account_key BETWEEN $low AND $high AND payment_date <= $as_of AND invoice_key IS NOT NULL
    GROUP BY customer_key, invoice_key
),
stated AS (
    SELECT
        i.customer_key, i.item_key, i.issue_date, i.due_date, i.doc_type, i.amount::DOUBLE * i.rate AS amount,
        CASE WHEN i.cleared_date <= $as_of THEN i.cleared_date WHEN i.absent_on <= $as_of THEN coalesce(p.last_on, i.absent_on)
            WHEN i.as_of <= $as_of AND i.status IN ('cleared', 'written_off')
                THEN coalesce(p.last_on, CASE WHEN i.status = 'cleared' THEN least(i.due_date, i.as_of) ELSE i.as_of END) END AS cleared_on,
        coalesce(i.as_of <= $as_of AND i.status = 'written_off', false) AS is_written_off,
        CASE WHEN i.as_of <= $as_of AND i.open_amount IS NOT NULL THEN (i.amount::DOUBLE - i.open_amount::DOUBLE) * i.rate END AS settled,
        least(i.due_date, i.as_of) AS settled_known_on
    FROM invoices AS i
    LEFT JOIN paid AS p ON p.invoice_key = i.item_key AND p.customer_key = i.customer_key
    WHERE i.account_key BETWEEN $low AND $high AND i.issue_date <= $as_of AND i.rate IS NOT NULL
        AND NOT (i.as_of <= $as_of AND i.status IS NOT DISTINCT FROM 'reversed')
)
SELECT
    customer_key, item_key, due_date, doc_type, amount, is_written_off, settled, settled_known_on,
    year(issue_date) * 12 + month(issue_date) AS billed_in, year(cleared_on) * 12 + month(cleared_on) AS cleared_in
FROM stated
