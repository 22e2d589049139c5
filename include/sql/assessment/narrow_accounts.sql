-- Purpose: the same for the accounts of some customers. Parameters: customers. Grain: one row per account. Dialect: PostgreSQL.
CREATE TEMPORARY TABLE known_account ON COMMIT DROP AS
SELECT * FROM known_account
WHERE customer_key = ANY(CAST(:customers AS bigint[]));
