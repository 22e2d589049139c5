-- Purpose: payment behavior per customer: what is open, overdue, disputed, how late, and the amounts behind P1-P6 and T5.
-- Parameters: low, high (account keys), as_of, late_after (days), item_amount, item_share_pct (materiality of one item),
-- rolled_amount, rolled_share_pct (that of P6), day_3m, day_6m, day_15m (first days outside the windows).
-- Grain: one row per customer with an invoice. Dialect: DuckDB.
-- A payment or dispute counts for an item of its own customer only, so that nobody's figures depend on who is computed beside it.
-- Open at the date = amount less the larger of payments and credit notes for it by then and what a dated extract says is settled; nothing when
-- cleared by then. Settled parts are late by their settlement, open parts by the date itself (censoring). Items say nothing about
-- states of extracts later than the date. An extract that shows an item settled does not tell the day, unless it is no later than the due day: such
-- an item is in no lateness, and where more than half of what was settled in a window is such, the window has no base.
-- Overpaid is what payments and credit notes in the invoice's currency go beyond it (in another currency that is a difference of exchange), less what
-- invoices and extracts since then tell of settlements that no payment explains: there finance has applied that cash to something else.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
WITH paid AS (
    SELECT
        customer_key, invoice_key, sum(CASE WHEN is_reversal THEN -amount::DOUBLE ELSE amount::DOUBLE END * rate) AS amount,
        max(payment_date) FILTER (WHERE is_reversal IS NOT TRUE) AS last_on, min(rate) AS lowest, max(rate) AS highest
    FROM settlements
    WHERE account_key BETWEEN $low AND $high AND payment_date <= $as_of AND invoice_key IS NOT NULL
    GROUP BY customer_key, invoice_key
),
contested AS (
    SELECT customer_key, invoice_key, CASE WHEN bool_or(amount IS NULL) THEN 1e18 ELSE sum(amount::DOUBLE * rate) END AS amount
    FROM disputes
    WHERE account_key BETWEEN $low AND $high AND opened_on <= $as_of AND (resolved_on IS NULL OR resolved_on > $as_of)
        AND invoice_key IS NOT NULL
    GROUP BY customer_key, invoice_key
),
stated AS (
    SELECT
        i.customer_key, i.doc_type, i.issue_date, i.due_date, i.rate, p.last_on, i.amount::DOUBLE * i.rate AS amount, c.amount AS contested,
        i.cleared_date <= $as_of OR i.absent_on <= $as_of OR (i.as_of <= $as_of AND i.status IN ('cleared', 'written_off')) AS is_cleared,
        CASE WHEN i.cleared_date <= $as_of THEN i.cleared_date WHEN p.last_on IS NOT NULL THEN p.last_on
            WHEN i.absent_on <= $as_of AND coalesce(i.status, 'open') <> 'cleared' AND coalesce(i.open_amount, 1) <> 0 THEN i.absent_on
            WHEN i.as_of <= least(i.due_date, $as_of) THEN i.as_of END AS settled_on,
        round(i.amount::DOUBLE * i.rate - greatest(coalesce(p.amount, 0.0),
            CASE WHEN i.as_of <= $as_of AND i.open_amount IS NOT NULL THEN (i.amount::DOUBLE - i.open_amount::DOUBLE) * i.rate
            ELSE 0.0 END), 2) AS rest,
        CASE WHEN p.lowest = i.rate AND p.highest = i.rate THEN p.amount - i.amount::DOUBLE * i.rate ELSE 0.0 END AS beyond,
        CASE WHEN i.cleared_date <= $as_of THEN i.cleared_date WHEN i.absent_on <= $as_of THEN i.absent_on ELSE i.as_of END AS told_on,
        CASE WHEN i.as_of <= $as_of AND i.status = 'written_off' THEN 0.0 WHEN is_cleared THEN i.amount::DOUBLE * i.rate
            WHEN i.as_of <= $as_of THEN (i.amount::DOUBLE - i.open_amount::DOUBLE) * i.rate ELSE 0.0 END
        - greatest(0.0, coalesce(p.amount, 0.0)) AS unexplained
    FROM invoices AS i
    LEFT JOIN paid AS p ON p.invoice_key = i.item_key AND p.customer_key = i.customer_key
    LEFT JOIN contested AS c ON c.invoice_key = i.item_key AND c.customer_key = i.customer_key
    WHERE i.account_key BETWEEN $low AND $high AND i.issue_date <= $as_of
        AND NOT (i.as_of <= $as_of AND i.status IS NOT DISTINCT FROM 'reversed')
),
item AS (
    SELECT
        customer_key, doc_type, issue_date, due_date, rate, last_on, amount, beyond, told_on, unexplained,
        CASE WHEN is_cleared OR rest <= 0 THEN 0.0 ELSE rest END AS open_part,
        CASE WHEN is_cleared OR rest <= 0 THEN 0.0 ELSE greatest(0.0, rest - coalesce(contested, 0.0)) END AS due_part,
        CASE WHEN is_cleared OR rest < amount - 0.005 THEN settled_on END AS settled_on,
        settled_on IS NULL AND (is_cleared OR rest < amount - 0.005) AS is_undated
    FROM stated
    WHERE doc_type <> 'credit_note' AND amount > 0
),
customer AS (
    SELECT
        customer_key, count(*) AS items, min(issue_date) AS first_on, max(greatest(issue_date, last_on)) AS last_on,
        sum(open_part) AS open_amount, sum(open_part - due_part) AS disputed,
        sum(due_part) FILTER (WHERE due_date < $as_of) AS overdue,
        list({'days': $as_of - due_date, 'amount': due_part}) FILTER (WHERE due_date < $as_of AND due_part > 0) AS late_items,
        list(amount) FILTER (WHERE due_date > $day_6m - 61 AND due_date <= $as_of - 61
            AND (due_part > 0 OR (open_part = 0 AND settled_on >= due_date + 61))) AS rolled_items,
        sum((amount - open_part) * greatest(0, settled_on - due_date)) FILTER (WHERE settled_on > $day_6m) AS settled_late_6m,
        sum(amount - open_part) FILTER (WHERE settled_on > $day_6m) AS settled_6m,
        sum((amount - open_part) * greatest(0, settled_on - due_date)) FILTER (WHERE settled_on > $day_3m) AS settled_late_3m,
        sum(amount - open_part) FILTER (WHERE settled_on > $day_3m) AS settled_3m,
        sum((amount - open_part) * greatest(0, settled_on - due_date))
            FILTER (WHERE settled_on <= $day_3m AND settled_on > $day_15m) AS settled_late_before,
        sum(amount - open_part) FILTER (WHERE settled_on <= $day_3m AND settled_on > $day_15m) AS settled_before,
        sum(due_part * ($as_of - due_date)) FILTER (WHERE due_date < $as_of) AS open_late,
        sum((CASE WHEN settled_on > $day_3m THEN amount - open_part ELSE 0 END + due_part) * ($day_3m - due_date))
            FILTER (WHERE due_date < $day_3m AND (due_part > 0 OR settled_on > $day_3m)) AS open_late_before,
        sum(CASE WHEN settled_on > $day_3m THEN amount - open_part ELSE 0 END + due_part)
            FILTER (WHERE due_date < $day_3m AND (due_part > 0 OR settled_on > $day_3m)) AS open_before,
        sum(amount - open_part) FILTER (WHERE is_undated AND due_date > $day_6m AND due_date <= $as_of) AS undated_6m,
        sum(amount - open_part) FILTER (WHERE is_undated AND due_date > $day_3m AND due_date <= $as_of) AS undated_3m,
        sum(amount - open_part) FILTER (WHERE is_undated AND due_date <= $day_3m AND due_date > $day_15m) AS undated_before,
        count(*) FILTER (WHERE is_undated AND open_part = 0 AND due_date > $day_6m AND due_date <= $as_of) AS items_undated,
        count(*) FILTER (WHERE due_date > $day_6m AND due_date <= $as_of) AS items_due,
        count(*) FILTER (WHERE due_date > $day_6m AND due_date <= $as_of
            AND ((open_part = 0 AND settled_on - due_date > $late_after) OR (due_part > 0 AND $as_of - due_date > $late_after))) AS items_late,
        sum(amount) FILTER (WHERE issue_date > $day_6m) AS sales_6m,
        sum(beyond) FILTER (WHERE beyond > 0.005) AS overpaid, min(last_on) FILTER (WHERE beyond > 0.005) AS overpaid_on,
        list({'day': told_on, 'amount': unexplained}) FILTER (WHERE unexplained > 0.005) AS unexplained
    FROM item
    GROUP BY customer_key
)
SELECT
    customer_key, items, first_on, last_on, round(open_amount, 2) AS open_amount, round(disputed, 2) AS disputed,
    round(coalesce(overdue, 0), 2) AS overdue,
    coalesce(list_max(list_transform(list_filter(late_items,
        LAMBDA x: x.amount >= greatest($item_amount, $item_share_pct / 100 * open_amount)), LAMBDA x: x.days)), 0) AS oldest_days,
    coalesce(len(list_filter(rolled_items, LAMBDA x: x >= greatest($rolled_amount, $rolled_share_pct / 100 * open_amount))), 0) AS rolled,
    round(coalesce(settled_late_6m, 0) + coalesce(open_late, 0), 2) AS late_6m,
    CASE WHEN undated_6m > coalesce(settled_6m, 0) THEN 0 ELSE round(coalesce(settled_6m, 0) + coalesce(overdue, 0), 2) END AS base_6m,
    round(coalesce(settled_late_3m, 0) + coalesce(open_late, 0), 2) AS late_3m,
    CASE WHEN undated_3m > coalesce(settled_3m, 0) THEN 0 ELSE round(coalesce(settled_3m, 0) + coalesce(overdue, 0), 2) END AS base_3m,
    round(coalesce(settled_late_before, 0) + coalesce(open_late_before, 0), 2) AS late_before,
    CASE WHEN undated_before > coalesce(settled_before, 0) THEN 0 ELSE round(coalesce(settled_before, 0) + coalesce(open_before, 0), 2) END
        AS base_before,
    CASE WHEN 2 * items_undated > items_due THEN 0 ELSE items_due - items_undated END AS items_due, items_late,
    round(coalesce(sales_6m, 0), 2) AS sales_6m,
    round(greatest(0, overpaid - coalesce(list_sum(list_transform(list_filter(unexplained,
        LAMBDA x: x.day >= overpaid_on), LAMBDA x: x.amount)), 0)), 2) AS overpaid
FROM customer
