-- Purpose: forget what a measure had set once the field says again what it said before us. Parameters: connection, record_id.
-- Grain: one row per fact. Dialect: PostgreSQL.
DELETE FROM crm_field
WHERE
    connection = :connection AND record_id = :record_id AND fact IN ('credit_limit', 'terms_days', 'order_hold')
    AND (value IS NOT DISTINCT FROM original OR (fact = 'order_hold' AND value = 'false' AND original IS NULL));
