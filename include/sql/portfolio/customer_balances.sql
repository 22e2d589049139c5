-- Purpose: the present buckets of each customer, what was overdue on average over a year's month ends, and a year's sales.
-- Reads ledger_balance and ledger_item. Parameters: year_first, last (numbers of the months). Grain: one row per customer. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
WITH owed AS (
    SELECT
        customer_key, round(sum(balance) FILTER (WHERE number = $last AND bucket = 0), 2) AS not_due,
        round(sum(balance) FILTER (WHERE number = $last AND bucket = 1), 2) AS days_1_30,
        round(sum(balance) FILTER (WHERE number = $last AND bucket = 2), 2) AS days_31_60,
        round(sum(balance) FILTER (WHERE number = $last AND bucket = 3), 2) AS days_61_90,
        round(sum(balance) FILTER (WHERE number = $last AND bucket = 4), 2) AS days_91_120,
        round(sum(balance) FILTER (WHERE number = $last AND bucket = 5), 2) AS over_120,
        round(sum(balance) FILTER (WHERE number >= $year_first AND bucket > 0), 2) / 12 AS average_overdue
    FROM ledger_balance GROUP BY customer_key
),
sold AS (
    SELECT customer_key, round(sum(CASE WHEN doc_type = 'credit_note' THEN -abs(amount) ELSE amount END), 2) AS sales
    FROM ledger_item WHERE billed_in >= $year_first GROUP BY customer_key
)
SELECT
    coalesce(owed.customer_key, sold.customer_key) AS customer_key, coalesce(owed.not_due, 0) AS not_due,
    coalesce(owed.days_1_30, 0) AS days_1_30, coalesce(owed.days_31_60, 0) AS days_31_60, coalesce(owed.days_61_90, 0) AS days_61_90,
    coalesce(owed.days_91_120, 0) AS days_91_120, coalesce(owed.over_120, 0) AS over_120,
    coalesce(owed.average_overdue, 0) AS average_overdue, coalesce(sold.sales, 0) AS sales
FROM owed FULL JOIN sold ON sold.customer_key = owed.customer_key
