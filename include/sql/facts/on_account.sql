-- Purpose: payments that name no invoice, set against what their customer owed in their currency: the item due first by the payment of the
-- earliest day. What invoices and extracts tell of settlements that no named payment explains has used up such payments first, as
-- far as it may have happened after the first of them. What is left over when everything is settled settles nothing and has no item;
-- what was paid before the first invoice that is known counts nowhere: it was for others.
-- A payment in a currency in which nothing was billed settles nothing either and is left over.
-- A payment that was returned by its number is none; other returns lower the sum. Nothing is settled before it was billed.
-- Variables: run_as_of; reads payments, invoices, named_settlements. Grain: one row per payment and item, and
-- one without an item for what is left over of a customer and currency. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
WITH unnamed AS (
    SELECT account_key, customer_key, currency, item_key, payment_id, payment_date, amount, rate, is_reversal, reversed_payment_id
    FROM payments WHERE invoice_key IS NULL AND payment_date <= getvariable('run_as_of')::DATE
),
known AS (
    SELECT u.customer_key, u.currency, coalesce(min(i.issue_date) FILTER (WHERE i.currency = u.currency), min(i.issue_date)) AS since
    FROM invoices AS i INNER JOIN (SELECT DISTINCT customer_key, currency FROM unnamed) AS u ON u.customer_key = i.customer_key
    WHERE i.doc_type <> 'credit_note'
    GROUP BY u.customer_key, u.currency
),
back AS (
    SELECT account_key, reversed_payment_id AS payment_id
    FROM payments
    WHERE is_reversal AND payment_date <= getvariable('run_as_of')::DATE
),
cash AS (
    SELECT
        u.account_key, u.customer_key, u.currency, u.payment_date, u.amount, u.rate,
        sum(u.amount) OVER in_order - u.amount AS begins, sum(u.amount) OVER in_order AS ends
    FROM unnamed AS u INNER JOIN known ON known.customer_key = u.customer_key AND known.currency = u.currency
    ANTI JOIN back ON back.account_key = u.account_key AND back.payment_id = u.payment_id
    WHERE u.is_reversal IS NOT TRUE AND u.payment_date >= known.since
    WINDOW in_order AS (PARTITION BY u.customer_key, u.currency ORDER BY u.payment_date, u.item_key)
),
payer AS (
    SELECT
        customer_key, currency, min(account_key) AS account_key, min(payment_date) AS first_on, max(payment_date) AS last_on, any_value(rate) AS rate,
        max(ends) AS received
    FROM cash GROUP BY customer_key, currency
),
returned AS (
    SELECT customer_key, currency, sum(amount) AS amount
    FROM unnamed WHERE is_reversal AND reversed_payment_id IS NULL
    GROUP BY customer_key, currency
),
named AS (
    SELECT
        n.customer_key, n.invoice_key, sum(CASE WHEN n.is_reversal THEN -n.amount ELSE n.amount END) AS amount,
        sum(CASE WHEN n.is_reversal THEN -n.amount ELSE n.amount END::DOUBLE * n.rate) AS worth, min(n.rate) AS lowest, max(n.rate) AS highest
    FROM named_settlements AS n SEMI JOIN payer ON payer.customer_key = n.customer_key
    WHERE n.payment_date <= getvariable('run_as_of')::DATE AND n.invoice_key IS NOT NULL
    GROUP BY n.customer_key, n.invoice_key
),
stated AS (
    SELECT
        i.account_key, i.customer_key, i.currency, i.item_key, i.issue_date, i.due_date, i.rate, i.amount, payer.first_on,
        coalesce(CASE WHEN named.lowest = i.rate AND named.highest = i.rate THEN named.amount
            ELSE round(named.worth / i.rate, 2)::DECIMAL(18, 2) END, named.amount, 0) AS named,
        coalesce(i.status = 'written_off' AND i.as_of <= getvariable('run_as_of')::DATE, false) AS is_lost,
        CASE WHEN i.cleared_date <= getvariable('run_as_of')::DATE THEN i.cleared_date
            WHEN i.absent_on <= getvariable('run_as_of')::DATE THEN i.absent_on
            WHEN i.as_of <= getvariable('run_as_of')::DATE AND i.status IN ('cleared', 'written_off') THEN i.as_of END AS gone_on,
        CASE WHEN i.as_of <= getvariable('run_as_of')::DATE AND i.open_amount IS NOT NULL THEN i.amount - i.open_amount ELSE 0 END AS told, i.as_of
    FROM invoices AS i INNER JOIN payer ON payer.customer_key = i.customer_key AND payer.currency = i.currency
    LEFT JOIN named ON named.customer_key = i.customer_key AND named.invoice_key = i.item_key
    WHERE i.issue_date <= getvariable('run_as_of')::DATE AND i.doc_type <> 'credit_note' AND i.amount > 0
        AND NOT (i.as_of <= getvariable('run_as_of')::DATE AND i.status IS NOT DISTINCT FROM 'reversed')
),
used AS (
    SELECT customer_key, currency, sum(greatest(0, CASE WHEN gone_on IS NULL THEN told ELSE amount END - greatest(named, 0))) AS amount
    FROM stated WHERE NOT is_lost AND coalesce(gone_on, as_of) >= first_on
    GROUP BY customer_key, currency
),
owed AS (
    SELECT stated.*, amount - greatest(named, told) AS rest,
        sum(amount - greatest(named, told)) OVER (PARTITION BY customer_key, currency ORDER BY due_date, issue_date, item_key) AS ends
    FROM stated WHERE gone_on IS NULL AND amount > greatest(named, told)
),
set_against AS (
    SELECT
        owed.account_key, owed.customer_key, owed.currency, owed.rate, owed.item_key AS invoice_key,
        greatest(cash.payment_date, owed.issue_date) AS payment_date,
        least(owed.ends + coalesce(used.amount, 0), cash.ends, payer.received - coalesce(returned.amount, 0))
            - greatest(owed.ends - owed.rest + coalesce(used.amount, 0), cash.begins) AS amount
    FROM owed INNER JOIN cash ON cash.customer_key = owed.customer_key AND cash.currency = owed.currency
    INNER JOIN payer ON payer.customer_key = owed.customer_key AND payer.currency = owed.currency
    LEFT JOIN used ON used.customer_key = owed.customer_key AND used.currency = owed.currency
    LEFT JOIN returned ON returned.customer_key = owed.customer_key AND returned.currency = owed.currency
),
due AS (SELECT customer_key, currency, max(ends) AS amount FROM owed GROUP BY customer_key, currency),
left_over AS (
    SELECT
        payer.account_key, payer.customer_key, payer.currency, payer.last_on, payer.rate,
        payer.received - coalesce(returned.amount, 0) - coalesce(used.amount, 0) - coalesce(due.amount, 0) AS amount
    FROM payer LEFT JOIN due ON due.customer_key = payer.customer_key AND due.currency = payer.currency
    LEFT JOIN used ON used.customer_key = payer.customer_key AND used.currency = payer.currency
    LEFT JOIN returned ON returned.customer_key = payer.customer_key AND returned.currency = payer.currency
)
SELECT account_key, customer_key, invoice_key, payment_date, currency, false AS is_reversal, amount::DECIMAL(18, 2) AS amount, rate
FROM set_against WHERE amount > 0
UNION ALL
SELECT account_key, customer_key, NULL, last_on, currency, false, amount::DECIMAL(18, 2), rate
FROM left_over WHERE amount > 0
