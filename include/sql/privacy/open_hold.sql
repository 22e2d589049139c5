-- Purpose: the legal hold that stands over a customer. Parameters: customer_key. Grain: at most one row. Dialect: PostgreSQL.
SELECT legal_hold.hold_id, legal_hold.version
FROM legal_hold
WHERE legal_hold.customer_key = :customer_key AND legal_hold.state = 'held';
