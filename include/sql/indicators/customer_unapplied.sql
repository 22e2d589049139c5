-- Purpose: what one customer paid beyond what its payments settle: on account beyond all that was due, and beyond the invoices they name.
-- Parameters: customer_key, as_of. Grain: one row per currency. Dialect: DuckDB.
-- What is overpaid is counted as in payment.sql, less credit notes that count as open as in credit_notes.sql.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
WITH paid AS (
    SELECT
        invoice_key, sum(CASE WHEN is_reversal THEN -amount::DOUBLE ELSE amount::DOUBLE END) AS amount,
        max(payment_date) FILTER (WHERE is_reversal IS NOT TRUE) AS last_on, min(rate) AS lowest, max(rate) AS highest
    FROM settlements
    WHERE customer_key = $customer_key AND payment_date <= $as_of AND invoice_key IS NOT NULL
    GROUP BY invoice_key
),
credited AS (
    SELECT a.invoice_key, sum(abs(CASE WHEN n.as_of <= $as_of THEN coalesce(n.open_amount, n.amount) ELSE n.amount END::DOUBLE)) AS rest
    FROM invoices AS n INNER JOIN applied_notes AS a ON a.item_key = n.item_key
    WHERE n.customer_key = $customer_key AND n.issue_date <= $as_of AND coalesce(n.cleared_date > $as_of, true)
        AND coalesce(n.absent_on > $as_of, true) AND NOT (n.as_of <= $as_of AND coalesce(n.status IN ('cleared', 'written_off'), false))
    GROUP BY a.invoice_key
),
item AS (
    SELECT
        i.currency, i.rate, p.last_on, CASE WHEN p.lowest = i.rate AND p.highest = i.rate THEN p.amount - i.amount::DOUBLE ELSE 0.0 END AS beyond,
        coalesce(c.rest, 0.0) AS noted,
        CASE WHEN i.cleared_date <= $as_of THEN i.cleared_date WHEN i.absent_on <= $as_of THEN i.absent_on ELSE i.as_of END AS told_on,
        CASE WHEN i.as_of <= $as_of AND i.status = 'written_off' THEN 0.0
            WHEN i.cleared_date <= $as_of OR i.absent_on <= $as_of OR (i.as_of <= $as_of AND i.status = 'cleared') THEN i.amount::DOUBLE
            WHEN i.as_of <= $as_of THEN i.amount::DOUBLE - i.open_amount::DOUBLE ELSE 0.0 END - greatest(0.0, coalesce(p.amount, 0.0)) AS unexplained
    FROM invoices AS i
    LEFT JOIN paid AS p ON p.invoice_key = i.item_key
    LEFT JOIN credited AS c ON c.invoice_key = i.item_key
    WHERE i.customer_key = $customer_key AND i.issue_date <= $as_of AND i.doc_type <> 'credit_note' AND i.amount > 0
        AND NOT (i.as_of <= $as_of AND i.status IS NOT DISTINCT FROM 'reversed')
),
since AS (SELECT min(last_on) AS overpaid_on FROM item WHERE beyond > 0.005),
overpaid AS (
    SELECT
        currency, any_value(rate) AS rate, max(last_on) FILTER (WHERE beyond > 0.005) AS payment_date,
        coalesce(sum(beyond - least(noted, beyond)) FILTER (WHERE beyond > 0.005), 0)
            - coalesce(sum(unexplained) FILTER (WHERE unexplained > 0.005 AND told_on >= overpaid_on), 0) AS amount
    FROM item, since GROUP BY currency
),
each AS (
    SELECT payment_date, amount::DOUBLE AS amount, currency, rate FROM on_account WHERE customer_key = $customer_key AND invoice_key IS NULL
    UNION ALL
    SELECT payment_date, amount, currency, rate FROM overpaid WHERE amount > 0.005
)
SELECT
    max(payment_date) AS payment_date, round(sum(amount), 2)::DECIMAL(18, 2) AS amount, currency, round(sum(amount * rate), 2) AS reporting_amount
FROM each GROUP BY currency
ORDER BY currency
