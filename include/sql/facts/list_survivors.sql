-- Purpose: list the customers whose attributes are derived anew after a merge. Parameters: customer_keys (array).
-- Grain: one row per customer. Dialect: PostgreSQL.
CREATE TEMP TABLE touched_customer ON COMMIT DROP AS SELECT unnest(:customer_keys ::bigint []) AS customer_key;
