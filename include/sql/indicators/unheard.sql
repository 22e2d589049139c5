-- Purpose: the customers with no account in any of some systems; after see_register.
-- Parameters: systems, low, high (customer keys), customers (null: all between). Grain: one row per customer. Dialect: PostgreSQL.
SELECT customer_key
FROM known_account
WHERE
    customer_key BETWEEN :low AND :high
    AND (CAST(:customers AS bigint []) IS NULL OR customer_key = ANY(CAST(:customers AS bigint [])))
GROUP BY customer_key
HAVING NOT bool_or(system = ANY(CAST(:systems AS text [])));
