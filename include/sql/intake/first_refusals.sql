-- Purpose: show the first refused rows of a staged dataset. Parameters: path, shown. Grain: one row per refused row.
-- Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT source_row, line, column_name, code, found, repair
FROM read_parquet($path)
ORDER BY source_row
LIMIT $shown;
