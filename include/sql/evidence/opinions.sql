-- Purpose: opinions of people on a class, with who decided on them. Parameters: opinion (array). Grain: one row per opinion.
-- Dialect: PostgreSQL.
SELECT
    'opinion' AS subject_type, CAST(opinion_id AS text) AS subject_id, opinion_id, customer_key, kind, risk_class, state, reason, statement,
    source, author, proposed_on, decided_by, decision_reason, effective_on, valid_until, ended_on, end_reason
FROM opinion
WHERE opinion_id = ANY(CAST(:opinion AS bigint []))
ORDER BY opinion_id;
