-- Purpose: propose an opinion. Parameters: its columns. Grain: one row, none when a proposal waits. Dialect: PostgreSQL.
INSERT INTO opinion (
    customer_key, kind, risk_class, reason, statement, source, horizon_on, probation_days, author, author_rank, proposed_at,
    proposed_on, assessed_on, class_without, known_alarms, known_floor, known_floor_code, needs_second, policy_version, policy_digest,
    digest
)
VALUES (
    :customer_key, :kind, :risk_class, :reason, :statement, :source, :horizon_on, :probation_days, :author, :author_rank, :proposed_at,
    :proposed_on, :assessed_on, :class_without, :known_alarms, :known_floor, :known_floor_code, :needs_second, :policy_version,
    :policy_digest, :digest
)
ON CONFLICT (customer_key, subject) WHERE state = 'proposed' DO NOTHING
RETURNING opinion_id;
