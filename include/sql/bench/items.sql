-- Purpose: invented sales from which invoices and payments are written. Variables: customers, invoices, as_of.
-- Grain: one row per invoice. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
WITH drawn AS (
    SELECT
        i, (hash(i, 11) % getvariable('customers'))::BIGINT AS c,
        (getvariable('as_of') - 1095 + (i * 1095 // getvariable('invoices'))::INTEGER)::DATE AS issue_date,
        (hash(i, 12) % 1000000) / 1e6 AS u, (hash(i, 13) % 1000000) / 1e6 AS v
    FROM range(getvariable('invoices')) AS t(i)
),
behaving AS (SELECT *, (hash(c, 21) % 1000) / 1e3 AS habit FROM drawn)
SELECT
    i, c, issue_date, (issue_date + 30)::DATE AS due_date,
    round(exp(6.5 + 1.6 * (u + v + habit - 1.5)), 2)::DECIMAL(18, 2) AS amount,
    CASE WHEN hash(i, 14) % 1000 >= 3 + (20 * habit * habit * habit)::INTEGER
        THEN (issue_date + 30 + (-12 + 30 * v * v * (0.3 + 2.5 * habit * habit))::INTEGER)::DATE END AS paid_on,
    hash(i, 15) % 50 = 0 AS in_two_parts
FROM behaving
