-- Purpose: the opinions that a merge overtakes: proposals about a retired customer, and what made it look better.
-- Parameters: none. Grain: one row per opinion. Dialect: PostgreSQL.
SELECT opinion.opinion_id FROM opinion
INNER JOIN customer ON opinion.customer_key = customer.customer_key AND customer.merged_into IS NOT NULL
WHERE opinion.state = 'proposed' OR (opinion.state IN ('approved', 'active') AND opinion.kind <> 'worse')
ORDER BY opinion.opinion_id;
