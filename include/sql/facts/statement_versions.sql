-- Purpose: every known version of the statement items that have several. Parameters: none; reads stored_statement,
-- replaced_financial_statements, read_batches. Grain: one row per item and batch. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT s.*
FROM stored_statement AS s
SEMI JOIN replaced_financial_statements AS r ON r.item_key = s.item_key
SEMI JOIN read_batches AS b ON b.batch_id = s.batch_id
