-- Purpose: which customers need a review at a date: a period of their cadence has begun without one, or something
-- happened that no
-- frozen pack covers yet. A customer gets one review at a time; a periodic one covers the events too. A class that is out of date
-- is never milder than it was.
-- Parameters: as_of; event_from (least class code); and per class: classes, lines, months, period_keys, starts, ends
-- (arrays of one length).
-- Grain: one row per customer, ordered by customer_key. Dialect: PostgreSQL.
WITH cadence AS (
    SELECT
        c.risk_class,
        c.policy_line,
        c.period_months,
        c.period_key,
        c.starts_on,
        c.ends_before
    FROM unnest(
        cast(:classes AS smallint []), cast(:lines AS text []), cast(:months AS smallint []), cast(:period_keys AS text []),
        cast(:starts AS date []), cast(:ends AS date [])
    ) AS c (risk_class, policy_line, period_months, period_key, starts_on, ends_before)
),

assessed AS (
    SELECT
        a.customer_key,
        acting_class(a.risk_class, a.valid_until, cast(:as_of AS date)) AS risk_class,
        a.class_since,
        a.exposure
    FROM current_assessment AS a
),

worsened AS (
    SELECT DISTINCT ON (change.customer_key)
        change.customer_key,
        change.as_of AS happened_on,
        'event.class_worsened' AS policy_line
    FROM class_change AS change
    INNER JOIN assessed AS a ON change.customer_key = a.customer_key
    WHERE
        change.new_class > change.old_class AND change.new_class >= :event_from
        AND a.risk_class >= :event_from AND change.as_of <= :as_of
    ORDER BY change.customer_key ASC, change.as_of DESC
),

emergency AS (
    SELECT
        signal.customer_key,
        signal.opened_on AS happened_on,
        'event.' || signal.rule_id AS policy_line
    FROM signal
    WHERE
        signal.severity = 'emergency' AND signal.customer_key IS NOT NULL AND signal.opened_on <= :as_of
        AND signal.state IN ('triggered', 'under_review', 'escalated', 'confirmed')
),

happened AS (
    SELECT customer_key, happened_on, policy_line FROM worsened
    UNION ALL
    SELECT customer_key, happened_on, policy_line FROM emergency
),

uncovered AS (
    SELECT
        happened.customer_key,
        array_agg(
            happened.policy_line || ':' || happened.happened_on ORDER BY happened.happened_on, happened.policy_line
        ) AS causes,
        (array_agg(happened.policy_line ORDER BY happened.happened_on, happened.policy_line))[1] AS policy_line,
        min(happened.happened_on) AS happened_on
    FROM happened
    WHERE NOT EXISTS (
        SELECT FROM review
        WHERE
            review.customer_key = happened.customer_key
            AND (happened.policy_line || ':' || happened.happened_on) = any(review.causes)
    )
    GROUP BY happened.customer_key
),

periodic AS (
    SELECT
        a.customer_key,
        cadence.policy_line,
        cadence.period_key,
        cadence.period_months,
        greatest(cadence.starts_on, least(a.class_since, cast(:as_of AS date))) AS due_from
    FROM assessed AS a
    INNER JOIN cadence ON a.risk_class = cadence.risk_class
    WHERE
        (a.risk_class > 0 OR a.exposure > 0)
        AND NOT EXISTS (
            SELECT FROM review
            WHERE
                review.customer_key = a.customer_key AND review.kind = 'periodic'
                AND (
                    (review.policy_line = cadence.policy_line AND review.period_key = cadence.period_key)
                    OR (
                        review.period_months < cadence.period_months
                        AND review.opened_on >= cadence.starts_on AND review.opened_on < cadence.ends_before
                    )
                )
        )
)

SELECT
    a.customer_key,
    CASE WHEN periodic.customer_key IS NULL THEN 'event' ELSE 'periodic' END AS kind,
    coalesce(periodic.policy_line, uncovered.policy_line) AS policy_line,
    coalesce(periodic.period_key, cast(uncovered.happened_on AS text)) AS period_key,
    periodic.period_months,
    coalesce(periodic.due_from, uncovered.happened_on) AS due_from,
    coalesce(uncovered.causes, cast('{}' AS text [])) AS causes,
    a.risk_class,
    a.exposure,
    c.customer_id,
    c.owner_user
FROM assessed AS a
INNER JOIN customer AS c ON a.customer_key = c.customer_key AND c.merged_into IS NULL
LEFT JOIN periodic ON a.customer_key = periodic.customer_key
LEFT JOIN uncovered ON a.customer_key = uncovered.customer_key
WHERE periodic.customer_key IS NOT NULL OR uncovered.customer_key IS NOT NULL
ORDER BY a.customer_key;
