-- Purpose: invented contacts: a chief executive for every third customer, a few of whom changed within the year, an auditor for every
-- thirtieth. Variables: customers, as_of. Grain: one row per contact. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT
    format('CON{:09d}', 2 * c) AS contact_id, format('C{:07d}', c * 3) AS customer_id, 'ceo' AS role,
    (getvariable('as_of') - (hash(c, 71) % 4000)::INTEGER)::DATE AS since_on,
    CASE WHEN hash(c, 72) % 20 = 0 THEN (getvariable('as_of') - (hash(c, 73) % 700)::INTEGER)::DATE END AS until_on
FROM range(getvariable('customers') // 3) AS t(c)
UNION ALL
SELECT
    format('CON{:09d}', 2 * c + 1), format('C{:07d}', c * 30), 'auditor', (getvariable('as_of') - (hash(c, 74) % 3000)::INTEGER)::DATE, NULL
FROM range(getvariable('customers') // 30) AS t(c)
