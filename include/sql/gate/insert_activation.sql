-- Purpose: put a set of policy files into force from a day.
-- Parameters: digest, effective_from, proposal_id (or NULL), person, at. Grain: one row. Dialect: PostgreSQL.
INSERT INTO policy_activation (set_digest, effective_from, proposal_id, activated_by, activated_at)
VALUES (:digest, :effective_from, :proposal_id, :person, :at)
RETURNING activation_id;
