-- Purpose: one signal with everything that is kept of it. Parameters: signal_id. Grain: at most one row. Dialect: PostgreSQL.
SELECT signal.*, customer.customer_id, customer.owner_user
FROM signal LEFT JOIN customer ON signal.customer_key = customer.customer_key
WHERE signal.signal_id = :signal_id;
