-- Purpose: the refused rows of one data set, from intake and validation, as they are loaded. A NUL cannot be stored as text.
-- Parameters: dataset, refused, failed (paths). Grain: one row per source row. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT
    $dataset, source_row, line, column_name, code, rule, replace(found, chr(0), '�') AS found,
    repair, replace(record, chr(0), '�') AS record
FROM (
    SELECT source_row, line, column_name, code, cast(NULL AS VARCHAR) AS rule, found, repair, record, 1 AS rank
    FROM read_parquet($refused)
    UNION ALL
    SELECT source_row, line, column_name, code, rule, found, repair, record, 2 AS rank
    FROM read_parquet($failed)
) AS both_rooms
QUALIFY row_number() OVER (PARTITION BY source_row ORDER BY rank) = 1
ORDER BY source_row;
