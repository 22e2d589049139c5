-- Purpose: let the other statements of this transaction see the accounts of some customers only: a temporary table is found before the
-- table of the same name. Parameters: customers. Grain: one row per account. Dialect: PostgreSQL.
CREATE TEMPORARY TABLE account ON COMMIT DROP AS
SELECT * FROM account
WHERE customer_key = ANY(CAST(:customers AS bigint[]));
