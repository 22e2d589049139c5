-- Purpose: keep the rows without a known customer. Parameters: dataset, step, column_name.
-- Grain: one row per orphan. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
INSERT INTO problem
SELECT
    $dataset, source_row, $step, 'R-ORPHAN' AS code, $column_name, found, NULL AS rule
FROM orphan;
