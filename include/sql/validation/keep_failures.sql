-- Purpose: keep the failures of one pass with their code, column and rule. Parameters: dataset, step.
-- Grain: one row per failing staged row. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
INSERT INTO problem
SELECT $dataset, failure.source_row, $step, listed.code, listed.column_name, failure.found, listed.rule
FROM failure
INNER JOIN condition_list AS listed ON failure.failed = listed.number;
