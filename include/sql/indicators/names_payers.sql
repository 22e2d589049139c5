-- Purpose: tell whether any receipt names its payer. Parameters: none. Grain: one row. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT EXISTS (SELECT 1 FROM payments WHERE payer_key IS NOT NULL OR payer_country IS NOT NULL) AS names_payers
