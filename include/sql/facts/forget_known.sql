-- Purpose: drop accounts that are known and only referred to. Parameters: none. Grain: one row per account. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
DELETE FROM incoming_account WHERE NOT is_described AND account_id IN (SELECT account_id FROM account_keys)
