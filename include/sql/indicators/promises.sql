-- Purpose: promises that fell due in six months and how many were kept, for P7: paid in full between the promise and its day
-- plus grace, on the promised invoice, else by the customer at all. A promise inside its grace is not yet judged.
-- Parameters: low, high (account keys), as_of, day_6m, grace (days). Grain: one row per customer with a promise. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
WITH promise AS (
    SELECT item_key, customer_key, invoice_key, invoice_id, promised_on, due_on + $grace::INTEGER AS last_day, amount::DOUBLE * rate AS amount
    FROM promises
    WHERE account_key BETWEEN $low AND $high AND promised_on <= $as_of AND due_on > $day_6m AND due_on + $grace::INTEGER <= $as_of
),
payment AS (
    SELECT p.customer_key, p.invoice_key, p.payment_date, CASE WHEN p.is_reversal THEN -1 ELSE 1 END * p.amount::DOUBLE * p.rate AS amount
    FROM payments AS p
    WHERE p.account_key BETWEEN $low AND $high AND p.payment_date <= $as_of AND p.payment_date >= $day_6m - 183
        AND p.customer_key IN (SELECT promise.customer_key FROM promise)
),
received AS (
    SELECT promise.item_key, sum(payment.amount) AS amount
    FROM promise
    JOIN payment ON payment.customer_key = promise.customer_key
        AND (promise.invoice_id IS NULL OR payment.invoice_key = promise.invoice_key)
        AND payment.payment_date BETWEEN promise.promised_on AND promise.last_day
    GROUP BY promise.item_key
)
SELECT promise.customer_key, count(*) AS promised, count(*) FILTER (WHERE round(received.amount - promise.amount, 2) >= 0) AS kept
FROM promise LEFT JOIN received ON received.item_key = promise.item_key
GROUP BY promise.customer_key
