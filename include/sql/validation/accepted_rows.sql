-- Purpose: look at the rows of one data set that nothing speaks against so far. Parameters: dataset.
-- Grain: one staged row. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
CREATE OR REPLACE TEMP TABLE excluded AS
SELECT source_row FROM problem
WHERE dataset = $dataset
UNION
SELECT source_row FROM dropped
WHERE dataset = $dataset;
