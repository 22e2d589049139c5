-- Purpose: list every cell of refused rows as a possible invoice id. Parameters: none; reads refused_row.
-- Grain: one row per distinct text. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT DISTINCT trim(json_extract_string(cell.value, '$')) AS invoice_id
FROM refused_row, json_each(refused_row.record) AS cell
WHERE json_extract_string(cell.value, '$') IS NOT NULL
