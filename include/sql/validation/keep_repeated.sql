-- Purpose: drop the exact repetitions of an earlier row. Parameters: dataset. Grain: one staged row. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
INSERT INTO dropped SELECT $dataset, source_row FROM marked
WHERE repeated;
