-- Purpose: the rows judged again that nothing speaks against now. Parameters: dataset. Grain: one staged row.
-- Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT candidate_rows.* FROM candidate_rows
WHERE
    source_row NOT IN (SELECT source_row FROM problem
WHERE dataset = $dataset)
    AND source_row NOT IN (SELECT source_row FROM dropped
WHERE dataset = $dataset);
