-- Purpose: what became of a set of policy files: its last open proposal, or the day from which it comes into force.
-- Parameters: digest, on_day. Grain: one row. Dialect: PostgreSQL.
SELECT
    (
        SELECT min(coming.effective_from) FROM policy_activation AS coming
        WHERE coming.set_digest = :digest AND coming.effective_from > :on_day
    ) AS comes_on,
    (
        SELECT max(asked.proposal_id) FROM policy_proposal AS asked
        WHERE asked.set_digest = :digest AND asked.state IN ('proposed', 'approved')
    ) AS proposal_id;
