-- Purpose: forget what experts said about a customer.
-- Parameters: customer_keys, said, at. Grain: one row per row forgotten. Dialect: PostgreSQL.
UPDATE opinion SET
    statement = :said || left(opinion.statement, 0), source = :said || left(opinion.source, 0),
    decision_reason = :said || left(opinion.decision_reason, 0), end_reason = :said || left(opinion.end_reason, 0),
    forgotten_at = :at
WHERE opinion.customer_key = any(cast(:customer_keys AS bigint [])) AND opinion.forgotten_at IS NULL;
