-- Purpose: keep the rows whose natural key clashes with another row's. Parameters: dataset, step, column_name.
-- Grain: one row per clashing staged row. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
INSERT INTO problem
SELECT
    $dataset, source_row, $step,
    CASE WHEN by_case THEN 'R-DUP-CASE' ELSE 'R-DUP-CONFLICT' END AS code,
    $column_name, found, NULL AS rule
FROM clash;
