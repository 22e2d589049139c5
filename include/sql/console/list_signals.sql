-- Purpose: one page of the signals somebody may see, in any order; those of one severity by their day. Parameters: states, severity, rule_id,
-- owner_users (each but states may be null), sort (a column), is_down (the largest first), no_number and no_text (stand for
-- what is unknown, so that it comes last), after_number, after_text and after_id (of the last row; null at first), how_many.
-- Grain: one row per signal. Dialect: PostgreSQL.
WITH listed AS (
    SELECT
        signal.signal_id, signal.subject_type, signal.subject_id, signal.rule_id, signal.severity, signal.state, signal.opened_on,
        signal.last_seen_on, signal.value, signal.line, signal.handler, signal.snoozed_until, signal.outcome,
        customer.customer_key, customer.customer_id, coalesce(customer.name, signal.subject_id) AS name, customer.owner_user,
        coalesce(CAST(CASE
            WHEN :sort = 'severity' THEN 1000000 * array_position(ARRAY['warning', 'alarm', 'emergency'], signal.severity)
                + (signal.opened_on - date '2000-01-01')
            WHEN :sort = 'opened_on' THEN signal.opened_on - date '2000-01-01'
            WHEN :sort = 'snoozed_until' THEN signal.snoozed_until - date '2000-01-01'
            ELSE 0
        END AS float8), CAST(:no_number AS float8)) AS sort_number,
        coalesce(CASE
            WHEN :sort = 'rule_id' THEN signal.rule_id
            WHEN :sort = 'name' THEN coalesce(customer.name, signal.subject_id)
            WHEN :sort = 'state' THEN signal.state
            WHEN :sort = 'owner_user' THEN customer.owner_user
            WHEN :sort = 'handler' THEN signal.handler
            ELSE ''
        END, CAST(:no_text AS text)) COLLATE "C" AS sort_text
    FROM signal
    LEFT JOIN customer ON signal.customer_key = customer.customer_key
    WHERE
        signal.state = any(CAST(:states AS text []))
        AND (CAST(:severity AS text) IS NULL OR signal.severity = :severity)
        AND (CAST(:rule_id AS text) IS NULL OR signal.rule_id = :rule_id)
        AND (CAST(:owner_users AS text []) IS NULL OR customer.owner_user = any(CAST(:owner_users AS text [])))
)

SELECT listed.*
FROM listed
WHERE
    CASE
        WHEN CAST(:after_id AS bigint) IS NULL THEN true
        WHEN :is_down THEN
            (listed.sort_number, listed.sort_text, listed.signal_id)
            < (CAST(:after_number AS float8), CAST(:after_text AS text), CAST(:after_id AS bigint))
        ELSE
            (listed.sort_number, listed.sort_text, listed.signal_id)
            > (CAST(:after_number AS float8), CAST(:after_text AS text), CAST(:after_id AS bigint))
    END
ORDER BY
    CASE WHEN :is_down THEN listed.sort_number END DESC,
    CASE WHEN :is_down THEN listed.sort_text END DESC,
    CASE WHEN :is_down THEN listed.signal_id END DESC,
    CASE WHEN NOT :is_down THEN listed.sort_number END ASC,
    CASE WHEN NOT :is_down THEN listed.sort_text END ASC,
    CASE WHEN NOT :is_down THEN listed.signal_id END ASC
LIMIT :how_many;
