-- Purpose: read which customers another one took over; after see_register. Parameters: none.
-- Grain: one row per retired customer. Dialect: PostgreSQL.
SELECT customer_key AS retired, merged_into AS survivor FROM known_customer
WHERE merged_into IS NOT NULL ORDER BY customer_key;
