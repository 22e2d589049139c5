-- Purpose: find the first event beside which fewer texts stand than it commits to, although nobody it is about was erased. Parameters: none.
-- Grain: one row, none when every text is there. Dialect: PostgreSQL.
WITH committing AS (
    SELECT
        audit_event.seq,
        audit_event.subject_type,
        audit_event.subject_id,
        regexp_count(convert_from(audit_event.body, 'UTF8'), '"hmac-sha256:[0-9a-f]{64}"') AS texts
    FROM audit_event
    WHERE position(convert_to('"hmac-sha256:', 'UTF8') IN audit_event.body) > 0
),

kept AS (
    SELECT
        audit_opening.seq,
        count(*) AS texts
    FROM audit_opening
    GROUP BY audit_opening.seq
),

erased AS (
    SELECT array_agg(customer.customer_key) AS keys
    FROM customer
    INNER JOIN erasure ON erasure.customer_key IN (customer.customer_key, customer.merged_into)
    WHERE erasure.state = 'erased'
),

of_erased AS (
    SELECT
        subject.subject_type,
        subject.subject_id
    FROM erased
    CROSS JOIN personal_subjects(erased.keys) AS subject
)

SELECT committing.seq
FROM committing
LEFT JOIN kept ON committing.seq = kept.seq
WHERE
    committing.texts > coalesce(kept.texts, 0)
    AND NOT EXISTS (
        SELECT 1 FROM of_erased WHERE of_erased.subject_type = committing.subject_type AND of_erased.subject_id = committing.subject_id
    )
ORDER BY committing.seq
LIMIT 1;
