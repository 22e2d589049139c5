-- Purpose: invented quarterly insolvency rates of every industry over three years. Variables: as_of.
-- Grain: one row per industry and quarter. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT
    format('{:04d}', 1000 + i) AS industry_code, '*' AS region, 'insolvency_rate' AS figure, period_end,
    round(0.8 + 0.4 * (hash(i, q, 81) % 1000) / 1e3, 4) AS value, (period_end + 45)::DATE AS published_on
FROM range(90) AS a(i), (SELECT q, last_day(getvariable('as_of') - to_months(3 * q::INTEGER + 1))::DATE AS period_end FROM range(12) AS b(q))
