-- Purpose: credit notes of six months and what of them is still open, per customer, for T5 and exposure.
-- Parameters: low, high (account keys), as_of, day_6m. Grain: one row per customer with a credit note. Dialect: DuckDB.
-- A note that names its invoice is in payment.sql already; open of it is only what goes beyond what that invoice still asked for.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
WITH note AS (
    SELECT
        i.customer_key, i.issue_date, abs(i.amount::DOUBLE) * i.rate AS amount, a.invoice_key,
        CASE WHEN NOT coalesce(i.cleared_date <= $as_of, false) AND NOT coalesce(i.absent_on <= $as_of, false)
            AND NOT (i.as_of <= $as_of AND coalesce(i.status IN ('cleared', 'written_off'), false))
            THEN abs(CASE WHEN i.as_of <= $as_of THEN coalesce(i.open_amount, i.amount) ELSE i.amount END::DOUBLE) * i.rate ELSE 0.0 END AS rest
    FROM invoices AS i LEFT JOIN applied_notes AS a ON a.item_key = i.item_key
    WHERE i.account_key BETWEEN $low AND $high AND i.issue_date <= $as_of AND (i.doc_type = 'credit_note' OR i.amount < 0)
        AND NOT (i.as_of <= $as_of AND i.status IS NOT DISTINCT FROM 'reversed')
),
credited AS (SELECT invoice_key, sum(rest) AS rest FROM note WHERE invoice_key IS NOT NULL GROUP BY invoice_key),
paid AS (
    SELECT s.customer_key, s.invoice_key, sum(CASE WHEN s.is_reversal THEN -s.amount::DOUBLE ELSE s.amount::DOUBLE END * s.rate) AS amount
    FROM settlements AS s SEMI JOIN credited ON credited.invoice_key = s.invoice_key
    WHERE s.account_key BETWEEN $low AND $high AND s.payment_date <= $as_of
    GROUP BY s.customer_key, s.invoice_key
),
beyond AS (
    SELECT p.customer_key, sum(least(credited.rest, greatest(0.0, p.amount - i.amount::DOUBLE * i.rate))) AS rest
    FROM paid AS p
    JOIN credited ON credited.invoice_key = p.invoice_key
    JOIN invoices AS i ON i.item_key = p.invoice_key AND i.customer_key = p.customer_key
    WHERE i.account_key BETWEEN $low AND $high
    GROUP BY p.customer_key
),
noted AS (
    SELECT
        customer_key, round(coalesce(sum(amount) FILTER (WHERE issue_date > $day_6m), 0), 2) AS credited_6m,
        coalesce(sum(rest) FILTER (WHERE invoice_key IS NULL), 0) AS rest
    FROM note GROUP BY customer_key
)
SELECT noted.customer_key, noted.credited_6m, round(noted.rest + coalesce(beyond.rest, 0), 2) AS open_credit,
    round(coalesce(beyond.rest, 0), 2) AS beyond
FROM noted LEFT JOIN beyond ON beyond.customer_key = noted.customer_key
