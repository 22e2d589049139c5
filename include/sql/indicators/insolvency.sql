-- Purpose: the yearly change of the insolvency rate of each profile's industry, for M1. Parameters: as_of, m1_since (first day too
-- old). Reads profile. Grain: one row per profile whose industry has two comparable figures. Dialect: DuckDB.
-- Figures of the profile's own country come first, then those for all regions (*); of these the longest code that begins its code.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
WITH told AS (
    SELECT regexp_replace(upper(industry_code), '[^A-Z0-9]', '', 'g') AS industry, upper(region) AS region, period_end, value
    FROM industry_figures
    WHERE figure = 'insolvency_rate' AND period_end <= $as_of AND coalesce(published_on, period_end) <= $as_of
),
change AS (
    SELECT now.industry, now.region, 100.0 * (now.value / before.value - 1.0) AS change_pct
    FROM (SELECT * FROM told QUALIFY row_number() OVER (PARTITION BY industry, region ORDER BY period_end DESC) = 1) AS now
    JOIN told AS before ON before.industry = now.industry AND before.region = now.region
        AND now.period_end - before.period_end BETWEEN 350 AND 380
    WHERE now.period_end > $m1_since AND before.value > 0
    QUALIFY row_number() OVER (PARTITION BY now.industry, now.region ORDER BY before.period_end DESC) = 1
)
SELECT p.profile, c.change_pct
FROM profile AS p JOIN change AS c ON starts_with(p.industry, c.industry) AND (c.region = '*' OR c.region = p.country)
QUALIFY row_number() OVER (PARTITION BY p.profile ORDER BY (c.region <> '*') DESC, strlen(c.industry) DESC) = 1
