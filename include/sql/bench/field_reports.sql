-- Purpose: visits to every fiftieth invented customer, a third of them with red flags. Variables: customers, as_of.
-- Grain: one row per visit and flag. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT
    format('VIS{:09d}', c) AS report_id, flag, format('C{:07d}', c * 50) AS customer_id,
    (getvariable('as_of') - (hash(c, 97) % 500)::INTEGER)::DATE AS visited_on, 'U1' AS visitor
FROM range(getvariable('customers') // 50) AS t(c),
    (VALUES ('idle_plant', 0), ('empty_stock', 1), ('unpaid_staff', 2), ('none', 3)) AS flags(flag, place)
WHERE CASE WHEN c % 3 = 0 THEN place <= (hash(c, 98) % 3)::INTEGER ELSE place = 3 END
