-- Purpose: the refused source rows of a batch. Parameters: none. Grain: one source row. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT DISTINCT dataset, source_row FROM problem
ORDER BY ALL;
