-- Purpose: the customers that are assessed, of the given ones, for COPY in binary; after see_register. Parameters: known_at, customers.
-- Grain: one row per customer, in any order. Dialect: PostgreSQL. No column is NULL; a missing day is the year 1000.
SELECT customer_key, coalesce(onboarded_on, DATE '1000-01-01') AS onboarded_on
FROM known_customer
WHERE customer_key = ANY(CAST(:customers AS BIGINT [])) AND merged_into IS NULL AND known_at <= :known_at;
