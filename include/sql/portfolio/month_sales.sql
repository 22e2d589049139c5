-- Purpose: what was billed in each month, less credit notes. Reads ledger_item. Parameters: first (number of the first month).
-- Grain: one row per month. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT billed_in AS number, round(sum(CASE WHEN doc_type = 'credit_note' THEN -abs(amount) ELSE amount END), 2) AS sales
FROM ledger_item WHERE billed_in >= $first GROUP BY billed_in
