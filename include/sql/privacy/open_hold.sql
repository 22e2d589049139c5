-- Purpose: the legal hold that stands over a customer, or over one that was merged into it, the oldest first. Parameters: customer_key.
-- Grain: at most one row. Dialect: PostgreSQL.
SELECT legal_hold.hold_id, legal_hold.version
FROM legal_hold INNER JOIN customer ON legal_hold.customer_key = customer.customer_key
WHERE :customer_key IN (customer.customer_key, customer.merged_into) AND legal_hold.state = 'held'
ORDER BY legal_hold.hold_id
LIMIT 1;
