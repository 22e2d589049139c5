-- Purpose: the repeated source rows of one data set. Parameters: dataset. Grain: one source row. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT source_row FROM dropped
WHERE dataset = $dataset
ORDER BY source_row;
