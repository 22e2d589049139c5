-- Purpose: where the balance of each bucket was a month later: in which bucket (0-5), paid (6) or written off (7).
-- Reads ledger_balance. Parameters: until (number of the last month that may be looked back at). Grain: one row per bucket and target.
-- Dialect: DuckDB. An item written off in a month counts with all that was open; else what is gone was paid.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
WITH following AS (
    SELECT now.bucket, now.balance, least(now.balance, coalesce(later.balance, 0)) AS rest, later.bucket AS later_bucket,
        now.is_written_off AND now.cleared_in = now.number + 1 AS is_lost
    FROM ledger_balance AS now
    LEFT JOIN ledger_balance AS later ON later.item_key = now.item_key AND later.number = now.number + 1
    WHERE now.number <= $until
),
moved AS (
    SELECT bucket, later_bucket AS target, rest AS amount FROM following WHERE rest > 0
    UNION ALL
    SELECT bucket, CASE WHEN is_lost THEN 7 ELSE 6 END, balance - rest FROM following WHERE balance > rest
)
SELECT bucket, target, round(sum(amount), 2) AS amount, count(*) AS items FROM moved GROUP BY bucket, target
