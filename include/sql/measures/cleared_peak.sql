-- Purpose: the highest month-end balance of a year that was cleared since, and how long a customer has been buying. Reads
-- ledger_balance and ledger_item of the portfolio room. Parameters: year_first, last (numbers of the months). Grain: one row per customer.
-- Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
WITH open_now AS (
    SELECT item_key FROM ledger_balance WHERE number = $last
),
month AS (
    SELECT customer_key, number, sum(balance) AS balance
    FROM ledger_balance
    WHERE number BETWEEN $year_first AND $last - 1 AND item_key NOT IN (SELECT item_key FROM open_now)
    GROUP BY customer_key, number
),
peak AS (
    SELECT customer_key, round(max(balance), 2) AS cleared_peak FROM month GROUP BY customer_key
),
bought AS (
    SELECT
        customer_key, $last - min(billed_in) AS months,
        round(sum(CASE WHEN doc_type = 'credit_note' THEN -abs(amount) ELSE amount END) FILTER (WHERE billed_in >= $year_first), 2) AS bought
    FROM ledger_item
    GROUP BY customer_key
)
SELECT bought.customer_key, bought.months, bought.bought, peak.cleared_peak
FROM bought LEFT JOIN peak ON peak.customer_key = bought.customer_key
