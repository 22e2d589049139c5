-- Purpose: everything that settles billed items: what names its invoice, and payments on account as they are set against what is owed.
-- Variables: those of named_settlements; reads named_settlements, on_account. Grain: one row per settlement of an item. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT account_key, customer_key, invoice_key, payment_date, is_reversal, amount, rate FROM named_settlements
UNION ALL
SELECT account_key, customer_key, invoice_key, payment_date, is_reversal, amount, rate FROM on_account WHERE invoice_key IS NOT NULL
