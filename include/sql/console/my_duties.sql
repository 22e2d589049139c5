-- Purpose: what somebody owes as owner, or as deputy of others, the most urgent first, with the customer it is about.
-- Parameters: person, is_deputy, now, on_day, how_many. Grain: one row per open duty. Dialect: PostgreSQL.
WITH mine AS (
    SELECT
        duty.duty_id, duty.kind, duty.subject_type, duty.subject_id, duty.owner, duty.deputy, duty.due_at, duty.level,
        duty.acknowledged_at, regexp_replace(duty.kind, '_\d+$', '') AS base_kind,
        CASE WHEN duty.subject_id ~ '^\d{1,18}$' THEN CAST(duty.subject_id AS bigint) END AS number,
        count(*) OVER () AS in_all
    FROM duty
    WHERE
        duty.state IN ('open', 'exhausted')
        AND CASE WHEN :is_deputy THEN duty.deputy = :person AND duty.owner <> :person ELSE duty.owner = :person END
    ORDER BY duty.due_at, duty.duty_id
    LIMIT :how_many
),

about AS (
    SELECT
        mine.*,
        coalesce(
            review.customer_key, activation.customer_key, led.customer_key, opinion.customer_key, measure.customer_key,
            review_cadence.customer_key
        ) AS customer_key,
        coalesce(activation.playbook_id, led.playbook_id) AS playbook_id, step.title_en, step.title_zh
    FROM mine
    LEFT JOIN review ON mine.subject_type = 'review' AND mine.number = review.review_id
    LEFT JOIN activation ON mine.subject_type = 'activation' AND mine.number = activation.activation_id
    LEFT JOIN step ON mine.subject_type = 'step' AND mine.number = step.step_key
    LEFT JOIN activation AS led ON step.activation_id = led.activation_id
    LEFT JOIN opinion ON mine.subject_type = 'opinion' AND mine.number = opinion.opinion_id
    LEFT JOIN measure ON mine.subject_type = 'measure' AND mine.number = measure.measure_id
    LEFT JOIN review_cadence ON mine.subject_type = 'cadence' AND mine.number = review_cadence.cadence_id
)

SELECT
    about.*, about.due_at < :now AS is_overdue, customer.customer_id, customer.name,
    read_class(judged.risk_class, judged.valid_until, CAST(:on_day AS date)) AS risk_class, judged.exposure
FROM about
LEFT JOIN customer ON about.customer_key = customer.customer_key
LEFT JOIN current_assessment AS judged ON about.customer_key = judged.customer_key
ORDER BY about.due_at, about.duty_id;
