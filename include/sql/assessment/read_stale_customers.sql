-- Purpose: read the customers that have an account in a system with late or held feeds. Parameters: none.
-- Grain: one row per customer and system. Dialect: PostgreSQL.
SELECT DISTINCT account.customer_key, stale_system.system_number
FROM account INNER JOIN stale_system ON account.system = stale_system.system;
