-- Purpose: the rhythm in force for a customer. Parameters: customer_key. Grain: at most one row. Dialect: PostgreSQL.
SELECT cadence_id FROM review_cadence
WHERE customer_key = :customer_key AND state = 'active';
