-- Purpose: place a legal hold. Parameters: customer_key, reason, person, at. Grain: one row, none when one stands. Dialect: PostgreSQL.
INSERT INTO legal_hold (customer_key, reason, placed_by, placed_at)
VALUES (:customer_key, :reason, :person, :at)
ON CONFLICT (customer_key) WHERE state = 'held' DO NOTHING
RETURNING hold_id;
