-- Purpose: the same as on_account.sql where every payment names an invoice. Parameters: none. Grain: no row. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT
    NULL::BIGINT AS account_key, NULL::BIGINT AS customer_key, NULL::BIGINT AS invoice_key, NULL::DATE AS payment_date, NULL::VARCHAR AS currency,
    false AS is_reversal, NULL::DECIMAL(18, 2) AS amount, NULL::DOUBLE AS rate
WHERE false
