-- Purpose: the same where no credit note names an invoice. Parameters: none. Grain: no row. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT NULL::BIGINT AS item_key, NULL::BIGINT AS account_key, NULL::BIGINT AS invoice_key WHERE false
