-- Purpose: ratings of the management by two people for every twenty-fifth invented customer, by one for every other of these.
-- Variables: customers, as_of. Grain: one row per customer and rater. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT
    format('C{:07d}', c * 25) AS customer_id, 'management_quality' AS subject, (getvariable('as_of') - (hash(c, r, 93) % 500)::INTEGER)::DATE AS rated_on,
    format('U{}', r) AS rater, (1 + hash(c, r, 94) % 5)::DOUBLE AS rating
FROM range(getvariable('customers') // 25) AS t(c), range(2) AS u(r)
WHERE r = 0 OR c % 2 = 0
