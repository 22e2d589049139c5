-- Purpose: every combination of country, industry and segment that occurs; of industry codes only capitals and digits, whatever way
-- a system writes them. Parameters: none; reads master. Grain: one row per combination. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT profile, country, nullif(regexp_replace(upper(industry_code), '[^A-Z0-9]', '', 'g'), '') AS industry, segment
FROM (SELECT DISTINCT (hash(country, industry_code, segment) >> 12)::BIGINT AS profile, country, industry_code, segment FROM master)
