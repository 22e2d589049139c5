-- Purpose: count refused rows by the column of their first problem. Parameters: path. Grain: one row per column. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT column_name, count(*)
FROM read_parquet($path)
GROUP BY column_name;
