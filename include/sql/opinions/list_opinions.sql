-- Purpose: list opinions, the newest first; those about customers that another one took over are its opinions too.
-- Parameters: customer_key, state (each may be null), how_many.
-- Grain: one row per opinion. Dialect: PostgreSQL.
SELECT
    opinion.opinion_id, coalesce(customer.customer_id, cast(opinion.customer_key AS text)) AS customer_id, opinion.kind, opinion.state,
    opinion.risk_class, opinion.class_without, opinion.reason, opinion.statement, opinion.source, opinion.author,
    opinion.proposed_on, opinion.horizon_on, opinion.decided_by, opinion.decision_reason, opinion.effective_on, opinion.valid_until,
    opinion.ended_on, opinion.end_reason, opinion.digest
FROM opinion
LEFT JOIN customer ON opinion.customer_key = customer.customer_key
WHERE
    (CAST(:customer_key AS bigint) IS NULL OR coalesce(customer.merged_into, opinion.customer_key) = :customer_key)
    AND opinion.state = coalesce(cast(:state AS text), opinion.state)
ORDER BY opinion.opinion_id DESC
LIMIT :how_many;
