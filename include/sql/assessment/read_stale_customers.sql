-- Purpose: read the customers that have an account in a system with late or held feeds; after see_register.
-- Parameters: none.
-- Grain: one row per customer and system. Dialect: PostgreSQL.
SELECT DISTINCT known_account.customer_key, stale_system.system_number
FROM known_account INNER JOIN stale_system ON known_account.system = stale_system.system;
