-- Purpose: propose to erase a customer. Parameters: customer_key, reason, person, at. Grain: one row. Dialect: PostgreSQL.
INSERT INTO erasure (customer_key, reason, proposed_by, proposed_at)
VALUES (:customer_key, :reason, :person, :at)
RETURNING erasure_id;
