-- Purpose: tell whether a customer is a person's: owned by them, or they are named in a review, plan, step or opinion of it,
-- or owe something on a review of it.
-- Parameters: customer_key, names (of the person in the source systems), person. Grain: one row. Dialect: PostgreSQL.
SELECT
    EXISTS(
        SELECT 1 FROM customer
        WHERE customer.customer_key = :customer_key AND customer.owner_user = any(CAST(:names AS text []))
    )
    OR EXISTS(
        SELECT 1 FROM review WHERE review.customer_key = :customer_key AND :person IN (review.owner, review.deputy)
    )
    OR EXISTS(
        SELECT 1 FROM activation
        LEFT JOIN step ON activation.activation_id = step.activation_id
        WHERE
            activation.customer_key = :customer_key
            AND :person IN (activation.owner, activation.deputy, step.owner, step.deputy)
    )
    OR EXISTS(
        SELECT 1 FROM duty
        INNER JOIN review ON duty.subject_id = CAST(review.review_id AS text)
        WHERE
            review.customer_key = :customer_key AND duty.subject_type = 'review' AND duty.owner = :person
            AND duty.state IN ('open', 'exhausted')
    )
    OR EXISTS(
        SELECT 1 FROM opinion WHERE opinion.customer_key = :customer_key AND opinion.author = :person
    ) AS is_theirs;
