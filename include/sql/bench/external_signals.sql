-- Purpose: invented records from outside for every fiftieth customer. Variables: customers, as_of.
-- Grain: one row per record. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT
    format('SIG{:09d}', c) AS signal_id, format('C{:07d}', c * 50) AS customer_id,
    ['credit_bureau', 'litigation', 'tax_arrears', 'news', 'registry_change', 'sanction', 'insolvency'][
        1 + (hash(c, 61) % 100 // 16)::INTEGER
    ] AS signal_type,
    'bench' AS provider, (getvariable('as_of') - (hash(c, 62) % 400)::INTEGER)::DATE AS observed_on,
    (hash(c, 63) % 100)::DOUBLE AS severity, CASE WHEN hash(c, 64) % 4 = 0 THEN 'confirmed' ELSE 'open' END AS status
FROM range(getvariable('customers') // 50) AS t(c)
