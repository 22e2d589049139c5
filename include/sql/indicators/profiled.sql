-- Purpose: the figures of the master data, and a number for the customer's country, industry and segment together.
-- Parameters: as_of; reads master. Grain: one row per customer. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT
    customer_key, (hash(country, industry_code, segment) >> 12)::BIGINT AS profile, ($as_of - review_due_on)::DOUBLE AS review_overdue,
    verified_pct
FROM master
