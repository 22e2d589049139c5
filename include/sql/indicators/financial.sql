-- Purpose: the newest statement of each customer, the comparable one a year before and, for an interim one, the last financial year,
-- item by item, for the ratio library. Parameters: none. Reads tables statement (statements.sql) and master.
-- Grain: one row per customer with a published statement. Dialect: DuckDB.
-- The one a year before has the same type, scope and currency and ends 350 to 380 days before; the last financial year has the same
-- scope and currency and ends within the year before. A YTD statement has the months since the last financial year, where there is one.
-- usd_rate: dollars for one unit, NULL when unknown.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
WITH newest AS (SELECT * EXCLUDE (recency) FROM statement WHERE recency = 1),
earlier AS (
    SELECT u.* EXCLUDE (recency)
    FROM statement AS u JOIN newest AS n ON n.customer_key = u.customer_key AND n.period_type = u.period_type AND n.scope = u.scope
        AND n.currency = u.currency AND n.period_end - u.period_end BETWEEN 350 AND 380
    QUALIFY row_number() OVER (
        PARTITION BY u.customer_key ORDER BY u.period_end DESC, (u.account_key = n.account_key) DESC, u.account_key
    ) = 1
),
year AS (
    SELECT u.* EXCLUDE (recency), date_diff('month', u.period_end, n.period_end) AS months
    FROM statement AS u JOIN newest AS n ON n.customer_key = u.customer_key AND n.period_type <> 'FY' AND u.period_type = 'FY'
        AND n.scope = u.scope AND n.currency = u.currency AND n.period_end - u.period_end BETWEEN 1 AND 366
    QUALIFY row_number() OVER (
        PARTITION BY u.customer_key ORDER BY u.period_end DESC, (u.account_key = n.account_key) DESC, u.account_key
    ) = 1
)
SELECT
    n.* EXCLUDE (account_key, is_pure, rate, items, annual), f.country, f.industry_code,
    CASE WHEN n.period_type = 'YTD' AND y.months BETWEEN 1 AND 12 THEN 12.0 / y.months ELSE n.annual END AS annual,
    CASE WHEN n.currency = 'USD' THEN 1.0 ELSE n.rate / (SELECT rate FROM rates WHERE currency = 'USD') END AS usd_rate,
    COLUMNS(e.* EXCLUDE (customer_key, account_key, period_end, period_type, scope, currency, is_pure, rate, items, published_on, annual)) AS "\0_before",
    COLUMNS(y.* EXCLUDE (months, customer_key, account_key,
        period_end, period_type, scope, currency, is_pure, rate, items, published_on, annual)) AS "\0_year"
FROM newest AS n
LEFT JOIN earlier AS e ON e.customer_key = n.customer_key
LEFT JOIN year AS y ON y.customer_key = n.customer_key
LEFT JOIN master AS f ON f.customer_key = n.customer_key
