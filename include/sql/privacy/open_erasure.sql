-- Purpose: the proposal to erase a customer that waits for a second person. Parameters: customer_key. Grain: at most one row.
-- Dialect: PostgreSQL.
SELECT erasure.erasure_id, erasure.customer_key, erasure.version, erasure.proposed_by
FROM erasure
WHERE erasure.customer_key = :customer_key AND erasure.state = 'proposed';
