-- Purpose: the customers a pack explains, each with the moment at which its class mattered: when a review was opened, a plan begun, or a
-- run ended that changed the class. Parameters: kind, number, how_many. Grain: one row per customer. Dialect: PostgreSQL.
SELECT review.customer_key, review.opened_at AS moment, review.risk_class
FROM review
WHERE :kind = 'review' AND review.review_id = CAST(:number AS bigint)
UNION ALL
SELECT activation.customer_key, activation.started_at, NULL
FROM activation
WHERE :kind = 'activation' AND activation.activation_id = CAST(:number AS bigint) AND activation.customer_key IS NOT NULL
UNION ALL
SELECT changed.customer_key, coalesce(run.ended_at, now()), changed.new_class
FROM class_change AS changed INNER JOIN run ON changed.run_id = run.run_id
WHERE :kind = 'run' AND changed.run_id = CAST(:number AS bigint)
ORDER BY 3 DESC, 1
LIMIT :how_many;
