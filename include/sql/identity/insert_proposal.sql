-- Purpose: store a proposal, once for each pair of accounts. Parameters: first, second, score, evidence, digest, at.
-- Grain: one row. Dialect: PostgreSQL.
INSERT INTO identity_proposal (first_account, second_account, score, evidence, evidence_digest, state, proposed_at)
VALUES (:first, :second, :score, CAST(:evidence AS jsonb), :digest, 'proposed', :at)
ON CONFLICT (first_account, second_account) DO NOTHING
RETURNING proposal_id;
