-- Purpose: propose a rhythm for one customer; nothing when another proposal waits. Parameters: customer_key, every_months,
-- policy_months, risk_class, needs_two, reason, valid_until, actor, at. Grain: at most one row. Dialect: PostgreSQL.
INSERT INTO review_cadence (
    customer_key, state, every_months, policy_months, risk_class, needs_two, reason, valid_until, proposed_by, proposed_at
) VALUES (
    :customer_key, 'proposed', :every_months, :policy_months, :risk_class, :needs_two, :reason, :valid_until, :actor, :at
)
ON CONFLICT (customer_key) WHERE state = 'proposed' DO NOTHING
RETURNING cadence_id;
