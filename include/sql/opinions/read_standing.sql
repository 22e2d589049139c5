-- Purpose: the proposal and the opinion in force of a customer about one subject. Parameters: customer_key, subject.
-- Grain: one row per opinion that has not ended. Dialect: PostgreSQL.
SELECT opinion.opinion_id, opinion.state, opinion.version, opinion.digest, opinion.author, opinion.decided_by, opinion.kind
FROM opinion
WHERE
    opinion.customer_key = :customer_key AND opinion.subject = :subject AND opinion.state IN ('proposed', 'approved', 'active')
ORDER BY opinion.opinion_id;
