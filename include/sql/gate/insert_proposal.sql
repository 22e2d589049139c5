-- Purpose: propose a set of policy files; one open proposal for a set.
-- Parameters: kind, digest, base_digest, backtest_id (or NULL), bound_digest, effective_from, reason, person, at, on_day.
-- Grain: one row. Dialect: PostgreSQL.
INSERT INTO policy_proposal (
    kind, set_digest, base_digest, backtest_id, bound_digest, effective_from, reason, proposed_by, proposed_at, proposed_on
)
VALUES (:kind, :digest, :base_digest, :backtest_id, :bound_digest, :effective_from, :reason, :person, :at, :on_day)
ON CONFLICT (set_digest) WHERE state IN ('proposed', 'approved') DO NOTHING
RETURNING proposal_id;
