-- Purpose: what is wrong with a repetition is said once, of the row it repeats. Parameters: dataset.
-- Grain: one finding. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
DELETE FROM problem
WHERE dataset = $dataset AND source_row IN (SELECT source_row FROM dropped
WHERE dataset = $dataset);
