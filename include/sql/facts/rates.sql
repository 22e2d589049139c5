-- Purpose: give each currency its rate into the reporting currency: the newest quoted on or before the date, straight or
-- inverted; without one the currency has no row and amounts in it stay unconverted.
-- Variables: run_as_of, reporting_currency; reads fx_rates. Grain: one row per currency. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
WITH quoted AS (
    SELECT currency, rate_date, rate, 0 AS is_inverted, as_of, known_at FROM fx_rates
    WHERE quote_currency = getvariable('reporting_currency')
    UNION ALL
    SELECT quote_currency, rate_date, 1 / rate, 1, as_of, known_at FROM fx_rates
    WHERE currency = getvariable('reporting_currency') AND rate > 0
)
SELECT getvariable('reporting_currency') AS currency, 1.0::DOUBLE AS rate
UNION ALL
SELECT currency, arg_max(rate, (rate_date, -is_inverted, as_of, known_at))
FROM quoted
WHERE rate_date <= getvariable('run_as_of')::DATE AND rate > 0 AND currency <> getvariable('reporting_currency')
GROUP BY currency
