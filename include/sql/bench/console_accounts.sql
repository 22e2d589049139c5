-- Purpose: give every customer an account. Parameters: customers. Grain: one row per account. Dialect: PostgreSQL.
INSERT INTO account (account_key, system, account_id, customer_key, tax_key, as_of, known_at)
SELECT
    made.n * 256 AS account_key, 'erp' AS system, 'A' || made.n AS account_id, made.n * 256 AS customer_key, 'TAX' || made.n AS tax_key,
    date '2026-10-30' AS as_of, now() AS known_at
FROM generate_series(1, CAST(:customers AS bigint)) AS made (n);
