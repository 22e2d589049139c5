-- Purpose: requests for information to every fortieth invented customer, most of them answered. Variables: customers, as_of.
-- Grain: one row per request. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT
    format('REQ{:09d}', c) AS request_id, format('C{:07d}', c * 40) AS customer_id, 'statements' AS subject, requested_on,
    CASE WHEN c % 2 = 0 THEN (requested_on + 30)::DATE END AS due_on,
    CASE WHEN c % 5 > 0 AND requested_on + wait <= getvariable('as_of') THEN (requested_on + wait)::DATE END AS supplied_on,
    CASE WHEN c % 35 = 0 THEN (requested_on + 3)::DATE END AS withdrawn_on
FROM (
    SELECT c, (getvariable('as_of') - 5 - (hash(c, 95) % 600)::INTEGER)::DATE AS requested_on, (hash(c, 96) % 130)::INTEGER AS wait
    FROM range(getvariable('customers') // 40) AS t(c)
)
