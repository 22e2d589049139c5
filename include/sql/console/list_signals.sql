-- Purpose: one page of the signals somebody may see, the most severe first, of those the newest. Parameters: states, severity, rule_id,
-- owner_users (each but states may be null), after_rank, after_day, after_id (of the last row; null at first), how_many.
-- Grain: one row per signal. Dialect: PostgreSQL.
WITH ranked AS (
    SELECT
        signal.signal_id, signal.subject_type, signal.subject_id, signal.rule_id, signal.severity, signal.state, signal.opened_on,
        signal.last_seen_on, signal.value, signal.line, signal.handler, signal.snoozed_until, signal.outcome,
        customer.customer_key, customer.customer_id, coalesce(customer.name, signal.subject_id) AS name, customer.owner_user,
        array_position(ARRAY['warning', 'alarm', 'emergency'], signal.severity) AS severity_rank
    FROM signal
    LEFT JOIN customer ON signal.customer_key = customer.customer_key
    WHERE
        signal.state = any(CAST(:states AS text []))
        AND (CAST(:severity AS text) IS NULL OR signal.severity = :severity)
        AND (CAST(:rule_id AS text) IS NULL OR signal.rule_id = :rule_id)
        AND (CAST(:owner_users AS text []) IS NULL OR customer.owner_user = any(CAST(:owner_users AS text [])))
)

SELECT ranked.*
FROM ranked
WHERE
    CAST(:after_id AS bigint) IS NULL
    OR (ranked.severity_rank, ranked.opened_on, ranked.signal_id)
    < (CAST(:after_rank AS integer), CAST(:after_day AS date), CAST(:after_id AS bigint))
ORDER BY ranked.severity_rank DESC, ranked.opened_on DESC, ranked.signal_id DESC
LIMIT :how_many;
