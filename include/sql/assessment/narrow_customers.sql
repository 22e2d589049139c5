-- Purpose: let the other statements of this transaction see some customers and those they took over only: a temporary table is found
-- before the view of the same name; after see_register. Parameters: customers. Grain: one row per customer. Dialect: PostgreSQL.
CREATE TEMPORARY TABLE known_customer ON COMMIT DROP AS
SELECT * FROM known_customer
WHERE customer_key = ANY(CAST(:customers AS bigint[])) OR merged_into = ANY(CAST(:customers AS bigint[]));
