-- Purpose: which of some customers are somebody's own. Parameters: customer_keys (array), names (of the person in the source systems).
-- Grain: one row per own customer. Dialect: PostgreSQL.
SELECT customer.customer_key
FROM customer
WHERE customer.customer_key = any(CAST(:customer_keys AS bigint [])) AND customer.owner_user = any(CAST(:names AS text []));
