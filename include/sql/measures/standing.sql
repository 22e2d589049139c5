-- Purpose: measures of customers that wait or are in force. Parameters: customer_keys (array). Grain: one row per measure.
-- Dialect: PostgreSQL.
SELECT customer_key, measure_id, kind, field, effect, state, expires_on, renews
FROM measure
WHERE
    customer_key = ANY(CAST(:customer_keys AS bigint []))
    AND state IN ('proposed', 'approved', 'implemented', 'in_force', 'reversal_asked')
ORDER BY customer_key, measure_id;
