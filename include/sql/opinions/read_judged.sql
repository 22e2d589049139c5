-- Purpose: the opinions on a class that took effect, to be judged by outcome. Parameters: on_day. Grain: one row per opinion.
-- Dialect: PostgreSQL.
SELECT
    opinion.opinion_id, coalesce(customer.merged_into, opinion.customer_key) AS customer_key, opinion.kind, opinion.author, opinion.reason,
    opinion.risk_class, opinion.class_without, opinion.effective_on
FROM opinion
LEFT JOIN customer ON opinion.customer_key = customer.customer_key
WHERE opinion.subject = 'class' AND opinion.effective_on <= cast(:on_day AS date)
ORDER BY opinion.opinion_id;
