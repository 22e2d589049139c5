-- Purpose: count failed and repeated rows of one data set. Parameters: dataset.
-- Grain: one row. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT
    (SELECT count(DISTINCT source_row) FROM problem
WHERE dataset = $dataset) AS failed,
    (SELECT count(*) FROM dropped
WHERE dataset = $dataset) AS repeated;
