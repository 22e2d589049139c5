-- Purpose: the proposals and the opinions in force of a customer, those of customers it took over included, about one subject.
-- Parameters: customer_key, subject.
-- Grain: one row per opinion that has not ended. Dialect: PostgreSQL.
SELECT opinion.opinion_id, opinion.state, opinion.version, opinion.digest, opinion.author, opinion.decided_by, opinion.kind
FROM opinion
LEFT JOIN customer ON opinion.customer_key = customer.customer_key
WHERE
    coalesce(customer.merged_into, opinion.customer_key) = :customer_key AND opinion.subject = :subject
    AND opinion.state IN ('proposed', 'approved', 'active')
ORDER BY opinion.opinion_id;
