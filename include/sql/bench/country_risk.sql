-- Purpose: an invented list of country classes and one of jurisdictions. Variables: as_of. Grain: one row per country and list.
-- Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT 'classes' AS scheme, (getvariable('as_of') - 60)::DATE AS valid_from, country, risk_class, NULL::VARCHAR AS listing
FROM (VALUES ('CN', 2), ('VN', 4), ('MX', 3), ('BR', 5), ('TR', 5), ('NG', 6), ('US', 0), ('DE', 0)) AS t(country, risk_class)
UNION ALL
SELECT 'jurisdictions', (getvariable('as_of') - 20)::DATE, country, NULL, listing
FROM (VALUES ('VN', 'increased_monitoring'), ('NG', 'increased_monitoring'), ('IR', 'call_for_action')) AS t(country, listing)
