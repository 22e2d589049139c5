-- Purpose: everything that happened to a customer, newest first, page by page: from the event log, about it, its reviews, plans, steps,
-- signals and opinions. Parameters: customer_key, before_seq (null at first), how_many. Grain: one row per event. Dialect: PostgreSQL.
WITH subjects AS (
    SELECT 'customer' AS subject_type, CAST(CAST(:customer_key AS bigint) AS text) AS subject_id
    UNION ALL
    SELECT 'customer', customer.customer_id FROM customer WHERE customer.customer_key = :customer_key
    UNION ALL
    SELECT 'review', CAST(review.review_id AS text) FROM review WHERE review.customer_key = :customer_key
    UNION ALL
    SELECT 'activation', CAST(activation.activation_id AS text) FROM activation WHERE activation.customer_key = :customer_key
    UNION ALL
    SELECT 'step', CAST(step.step_key AS text)
    FROM step INNER JOIN activation ON step.activation_id = activation.activation_id
    WHERE activation.customer_key = :customer_key
    UNION ALL
    SELECT 'signal', CAST(signal.signal_id AS text) FROM signal WHERE signal.customer_key = :customer_key
    UNION ALL
    SELECT 'opinion', CAST(opinion.opinion_id AS text) FROM opinion WHERE opinion.customer_key = :customer_key
)

SELECT
    audit_event.seq, audit_event.recorded_at, audit_event.action, audit_event.subject_type, audit_event.subject_id, audit_event.actor
FROM subjects
INNER JOIN audit_event
    ON subjects.subject_type = audit_event.subject_type AND subjects.subject_id = audit_event.subject_id
WHERE audit_event.action <> 'console:read' AND audit_event.seq < coalesce(CAST(:before_seq AS bigint), 9223372036854775807)
ORDER BY audit_event.seq DESC
LIMIT :how_many;
