-- Purpose: what the master data say of each customer: country, industry, segment, when its file is due for review, how much of its
-- ownership is verified. Variables: run_as_of; reads customers. Grain: one row per customer. Dialect: DuckDB.
-- Of several accounts and sources the newest told counts, for the file the worst. Country, industry and segment hardly ever change,
-- so that an extract later than the date is better than none; review and ownership are states that only extracts up to it tell.
-- sqlfluff:dialect:duckdb
WITH told AS (
    SELECT
        customer_key, country, industry_code, segment,
        CASE WHEN as_of <= getvariable('run_as_of')::DATE THEN kyc_review_due_on END AS review_due_on,
        CASE WHEN as_of <= getvariable('run_as_of')::DATE THEN ubo_verified_pct END AS verified_pct,
        (as_of <= getvariable('run_as_of')::DATE, as_of, known_at, account_key) AS age
    FROM customers
)
SELECT
    customer_key, arg_max(country, age) AS country, arg_max(industry_code, age) AS industry_code, arg_max(segment, age) AS segment,
    min(review_due_on) AS review_due_on, min(verified_pct) AS verified_pct
FROM told GROUP BY customer_key
