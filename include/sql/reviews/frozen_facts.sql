-- Purpose: reviews, locked, with the facts as they were last frozen, and whether all they recommend still waits: a measure whose last
-- day came meanwhile does not. Parameters: review_ids (array or NULL for all), states
-- (array or NULL for all). Grain: one row per review. Dialect: PostgreSQL.
SELECT
    review.review_id,
    review.customer_key,
    review.version,
    review.owner,
    review.proposed_by,
    review.risk_class,
    review.due_on,
    customer.customer_id,
    coalesce(snapshot.number, 1) AS number,
    coalesce(snapshot.sha256, review.pack_sha256) AS sha256,
    coalesce(snapshot.body, review.pack) AS body,
    review.terms_sha256 = '' OR review.terms_sha256 = (
        SELECT encode(sha256(convert_to(string_agg(m.digest, chr(10) ORDER BY m.digest COLLATE "C"), 'UTF8')), 'hex')
        FROM measure AS m
        WHERE m.review_id = review.review_id AND m.state IN ('proposed', 'approved')
    ) IS TRUE AS terms_stand,
    (
        SELECT step.asked FROM review_approval AS step
        WHERE step.review_id = review.review_id AND step.round = review.approval_round AND step.state = 'open'
    ) AS asked
FROM review
INNER JOIN customer ON review.customer_key = customer.customer_key
LEFT JOIN review_snapshot AS snapshot ON review.review_id = snapshot.review_id AND review.snapshot_sha256 = snapshot.sha256
WHERE
    review.pack IS NOT NULL
    AND (CAST(:review_ids AS bigint []) IS NULL OR review.review_id = ANY(CAST(:review_ids AS bigint [])))
    AND (CAST(:states AS text []) IS NULL OR review.state = ANY(CAST(:states AS text [])))
ORDER BY review.review_id
FOR UPDATE OF review;
