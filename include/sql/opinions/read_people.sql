-- Purpose: whom to tell that opinions ended. Parameters: opinion_ids (array). Grain: one row per opinion. Dialect: PostgreSQL.
SELECT
    opinion.opinion_id, opinion.customer_key, opinion.kind, opinion.author, opinion.decided_by, opinion.version,
    coalesce(customer.customer_id, cast(opinion.customer_key AS text)) AS customer_id
FROM opinion
LEFT JOIN customer ON opinion.customer_key = customer.customer_key
WHERE opinion.opinion_id = any(cast(:opinion_ids AS bigint []))
ORDER BY opinion.opinion_id;
