-- Purpose: which customers need a review at a date: their cadence asks for one that was not opened, or something happened that no
-- frozen pack covers yet. A customer gets one review at a time; a periodic one covers the events too. A class that is out of date
-- is never milder than it was. The cadence is that of the class, or the most frequent of the closer rules that fit, or what two
-- people agreed on for the customer; when the class got worse since, the more frequent of both.
-- Parameters: as_of, zone; event_from (least class code); classes and base_months (arrays); rules: rule_classes (bit per class
-- code), rule_exposures, rule_events (comma-separated, empty for none), rule_since, rule_months (arrays); months, lines,
-- period_keys, starts, ends (arrays, by rhythm); anchor; event_counts; rate_missing (bit of that flag: what such a customer owes is
-- unknown, not nothing).
-- Grain: one row per customer, ordered by customer_key. Dialect: PostgreSQL.
WITH base AS (
    SELECT
        b.risk_class,
        b.months
    FROM unnest(cast(:classes AS smallint []), cast(:base_months AS smallint [])) AS b (risk_class, months)
),

closer AS (
    SELECT
        r.classes,
        r.exposure_from,
        r.events,
        r.since,
        r.months,
        r.place
    FROM unnest(
        cast(:rule_classes AS integer []), cast(:rule_exposures AS float8 []), cast(:rule_events AS text []),
        cast(:rule_since AS date []), cast(:rule_months AS smallint [])
    ) WITH ORDINALITY AS r (classes, exposure_from, events, since, months, place)
),

rhythm AS (
    SELECT
        c.months,
        c.policy_line,
        c.period_key,
        c.starts_on,
        c.ends_before
    FROM unnest(
        cast(:months AS smallint []), cast(:lines AS text []), cast(:period_keys AS text []), cast(:starts AS date []),
        cast(:ends AS date [])
    ) AS c (months, policy_line, period_key, starts_on, ends_before)
),

assessed AS (
    SELECT
        a.customer_key,
        acting_class(a.risk_class, a.valid_until, cast(:as_of AS date)) AS risk_class,
        a.class_since,
        a.exposure,
        a.flags
    FROM current_assessment AS a
    WHERE EXISTS (SELECT FROM customer AS c WHERE c.customer_key = a.customer_key AND c.merged_into IS NULL)
),

emergency AS (
    SELECT
        signal.customer_key,
        signal.rule_id,
        signal.opened_on AS happened_on,
        signal.state
    FROM signal
    WHERE signal.severity = 'emergency' AND signal.customer_key IS NOT NULL AND signal.opened_on <= :as_of
),

by_policy AS (
    SELECT DISTINCT ON (found.customer_key)
        found.customer_key,
        found.months,
        found.because
    FROM (
        SELECT
            a.customer_key,
            base.months,
            'class' AS because,
            0 AS place
        FROM assessed AS a
        INNER JOIN base ON a.risk_class = base.risk_class
        WHERE a.risk_class > 0 OR a.exposure > 0 OR (a.flags & :rate_missing) <> 0
        UNION ALL
        SELECT
            a.customer_key,
            closer.months,
            'closer:' || closer.place AS because,
            closer.place
        FROM assessed AS a
        INNER JOIN closer
            ON
                closer.events = '' AND (closer.classes >> a.risk_class) & 1 = 1
                AND coalesce(a.exposure, 0) >= closer.exposure_from
        UNION ALL
        SELECT
            a.customer_key,
            closer.months,
            'closer:' || closer.place AS because,
            closer.place
        FROM closer
        INNER JOIN emergency
            ON
                emergency.rule_id = any(string_to_array(closer.events, ','))
                AND emergency.happened_on > closer.since
        INNER JOIN current_assessment AS a
            ON
                emergency.customer_key = a.customer_key AND coalesce(a.exposure, 0) >= closer.exposure_from
                AND (closer.classes >> acting_class(a.risk_class, a.valid_until, cast(:as_of AS date))) & 1 = 1
    ) AS found
    ORDER BY found.customer_key ASC, found.months ASC, found.place ASC
),

agreed AS (
    -- what was agreed about a customer that another one took over counts there only where it is oftener
    SELECT DISTINCT ON (coalesce(c.merged_into, o.customer_key))
        coalesce(c.merged_into, o.customer_key) AS customer_key,
        o.cadence_id,
        o.every_months,
        CASE WHEN c.merged_into IS NULL THEN o.risk_class ELSE 0 END AS risk_class
    FROM review_cadence AS o LEFT JOIN customer AS c ON o.customer_key = c.customer_key
    WHERE o.state = 'active' AND o.valid_until >= :as_of
    ORDER BY coalesce(c.merged_into, o.customer_key), o.every_months, o.cadence_id
),

cadence AS (
    SELECT
        a.customer_key,
        a.risk_class,
        a.class_since,
        CASE
            WHEN agreed.customer_key IS NULL THEN by_policy.months
            WHEN by_policy.months IS NULL THEN agreed.every_months
            WHEN a.risk_class BETWEEN 1 AND agreed.risk_class THEN agreed.every_months
            ELSE least(by_policy.months, agreed.every_months)
        END AS months,
        CASE
            WHEN
                agreed.customer_key IS NOT NULL
                AND (a.risk_class BETWEEN 1 AND agreed.risk_class OR agreed.every_months < coalesce(by_policy.months, 999))
                THEN 'override:' || agreed.cadence_id
            ELSE by_policy.because
        END AS because
    FROM assessed AS a
    LEFT JOIN by_policy ON a.customer_key = by_policy.customer_key
    LEFT JOIN agreed ON a.customer_key = agreed.customer_key
    WHERE by_policy.customer_key IS NOT NULL OR agreed.customer_key IS NOT NULL
),

completed AS (
    SELECT
        review.customer_key,
        max(cast(review.closed_at AT TIME ZONE cast(:zone AS text) AS date)) AS completed_on
    FROM review
    WHERE
        review.state IN ('closed', 'cancelled') AND (review.kind = 'periodic' OR cast(:event_counts AS boolean))
    GROUP BY review.customer_key
),

asked AS (
    SELECT
        cadence.customer_key,
        cadence.because,
        rhythm.policy_line,
        rhythm.months,
        rhythm.starts_on,
        rhythm.ends_before,
        CASE WHEN :anchor = 'fixed' THEN rhythm.period_key ELSE cast(counted.due_on AS text) END AS period_key,
        CASE
            WHEN :anchor = 'fixed' THEN greatest(rhythm.starts_on, least(cadence.class_since, cast(:as_of AS date)))
            ELSE counted.due_on
        END AS due_from
    FROM cadence
    INNER JOIN rhythm ON cadence.months = rhythm.months
    LEFT JOIN completed ON cadence.customer_key = completed.customer_key
    CROSS JOIN LATERAL (
        SELECT cast(
            CASE
                WHEN completed.completed_on IS NULL THEN least(cadence.class_since, cast(:as_of AS date))
                ELSE completed.completed_on + make_interval(months => rhythm.months)
            END AS date
        ) AS due_on
    ) AS counted
),

periodic AS (
    SELECT
        asked.customer_key,
        asked.policy_line,
        asked.period_key,
        asked.months,
        asked.due_from,
        asked.because
    FROM asked
    WHERE
        (
            :anchor = 'fixed'
            AND NOT EXISTS (
                SELECT FROM review
                WHERE
                    review.customer_key = asked.customer_key
                    AND (
                        (
                            review.kind = 'periodic' AND review.policy_line = asked.policy_line
                            AND review.period_key = asked.period_key
                        )
                        OR (
                            review.kind = 'periodic' AND review.period_months < asked.months
                            AND review.opened_on >= asked.starts_on AND review.opened_on < asked.ends_before
                        )
                        OR (
                            cast(:event_counts AS boolean) AND review.kind = 'event'
                            AND review.opened_on >= asked.starts_on AND review.opened_on < asked.ends_before
                        )
                    )
            )
        )
        OR (
            :anchor = 'last_completed' AND asked.due_from <= cast(:as_of AS date)
            AND NOT EXISTS (
                SELECT FROM review
                WHERE
                    review.customer_key = asked.customer_key AND review.kind = 'periodic'
                    AND (
                        review.state NOT IN ('closed', 'cancelled')
                        OR (review.policy_line = asked.policy_line AND review.period_key = asked.period_key)
                    )
            )
        )
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

happened AS (
    SELECT
        customer_key,
        happened_on,
        policy_line
    FROM worsened
    UNION ALL
    SELECT
        customer_key,
        happened_on,
        'event.' || rule_id AS policy_line
    FROM emergency
    WHERE state IN ('triggered', 'under_review', 'escalated', 'confirmed')
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
)

SELECT
    a.customer_key,
    CASE WHEN periodic.customer_key IS NULL THEN 'event' ELSE 'periodic' END AS kind,
    coalesce(periodic.policy_line, uncovered.policy_line) AS policy_line,
    coalesce(periodic.period_key, cast(uncovered.happened_on AS text)) AS period_key,
    periodic.months AS period_months,
    coalesce(periodic.due_from, uncovered.happened_on) AS due_from,
    coalesce(uncovered.causes, cast('{}' AS text [])) AS causes,
    coalesce(periodic.because, 'event') AS because,
    acting_class(a.risk_class, a.valid_until, cast(:as_of AS date)) AS risk_class,
    a.exposure,
    c.customer_id,
    c.owner_user
FROM periodic
FULL OUTER JOIN uncovered ON periodic.customer_key = uncovered.customer_key
INNER JOIN current_assessment AS a ON a.customer_key = coalesce(periodic.customer_key, uncovered.customer_key)
INNER JOIN customer AS c ON a.customer_key = c.customer_key AND c.merged_into IS NULL
WHERE NOT EXISTS ( -- a review is one by these three, whatever it says it covers
    SELECT FROM review
    WHERE
        review.customer_key = a.customer_key
        AND review.policy_line = coalesce(periodic.policy_line, uncovered.policy_line)
        AND review.period_key = coalesce(periodic.period_key, cast(uncovered.happened_on AS text))
)
ORDER BY a.customer_key;
