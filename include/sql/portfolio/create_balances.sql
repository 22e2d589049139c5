-- Purpose: what was open of each item at the end of each month, and its bucket of days past due. Reads ledger_item.
-- Parameters: low, high (account keys), as_of, first, last (numbers of the months: year * 12 + month).
-- Grain: one row per item and month with a balance. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
CREATE OR REPLACE TEMP TABLE ledger_balance AS
WITH paid AS (
    SELECT customer_key, invoice_key, year(payment_date) * 12 + month(payment_date) AS paid_in,
        sum(CASE WHEN is_reversal THEN -amount::DOUBLE ELSE amount::DOUBLE END * rate) AS amount
    FROM settlements
    WHERE account_key BETWEEN $low AND $high AND payment_date <= $as_of AND invoice_key IS NOT NULL AND rate IS NOT NULL
    GROUP BY customer_key, invoice_key, paid_in
),
standing AS (
    SELECT
        customer_key, item_key, due_date, amount, is_written_off, settled, settled_known_on, cleared_in,
        unnest(generate_series(greatest(billed_in, $first), least(coalesce(cleared_in - 1, $last), $last))) AS number
    FROM ledger_item
    WHERE doc_type <> 'credit_note' AND amount > 0 AND coalesce(cleared_in, $last + 1) > $first
),
dated AS (
    SELECT standing.*, least(last_day(make_date((number - 1) // 12, (number - 1) % 12 + 1, 1)), $as_of) AS ends_on FROM standing
),
received AS (
    SELECT dated.item_key, dated.number, sum(paid.amount) AS amount
    FROM dated INNER JOIN paid
        ON paid.invoice_key = dated.item_key AND paid.customer_key = dated.customer_key AND paid.paid_in <= dated.number
    GROUP BY dated.item_key, dated.number
),
remaining AS (
    SELECT dated.*, round(dated.amount - greatest(coalesce(received.amount, 0.0),
        CASE WHEN dated.settled_known_on <= dated.ends_on THEN coalesce(dated.settled, 0.0) ELSE 0.0 END), 2) AS balance
    FROM dated LEFT JOIN received ON received.item_key = dated.item_key AND received.number = dated.number
)
SELECT
    customer_key, item_key, number, balance, is_written_off, cleared_in,
    CASE WHEN ends_on <= due_date THEN 0 ELSE least(5, 1 + (ends_on - due_date - 1) // 30) END AS bucket
FROM remaining
WHERE balance > 0
