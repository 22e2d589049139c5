-- Purpose: what an act needs to know about a review, locked, and who owes the answer to its open question.
-- Parameters: review_id. Grain: at most one row. Dialect: PostgreSQL.
SELECT
    review.review_id,
    review.customer_key,
    review.kind,
    review.state,
    review.version,
    review.owner,
    review.deputy,
    review.risk_class,
    review.due_on,
    review.pack_sha256,
    review.snapshot_sha256,
    review.checklist_digest,
    review.recommendation,
    review.measures,
    review.terms_sha256,
    review.proposed_by,
    review.approval_round,
    review.approval_steps,
    review.decided_by,
    review.implemented_by,
    review.appealed_by,
    customer.customer_id,
    (
        SELECT duty.owner
        FROM review_question AS question
        INNER JOIN duty
            ON
                question.duty_kind = duty.kind AND duty.subject_type = 'review'
                AND duty.subject_id = CAST(question.review_id AS text)
        WHERE question.review_id = review.review_id AND question.answered_at IS NULL
        ORDER BY question.question_id DESC
        LIMIT 1
    ) AS asked
FROM review
INNER JOIN customer ON review.customer_key = customer.customer_key
WHERE review.review_id = :review_id
FOR UPDATE OF review;
