-- Purpose: one page of messages in any order; created_at stands for the order in which they were made, which the key has.
-- Parameters: state, recipient (null: all), sort (a column), is_down (the largest first), no_number and no_text (stand for
-- what is unknown, so that it comes last), after_number, after_text and after_id (of the last row; null at first), how_many.
-- Grain: one row per message. Dialect: PostgreSQL.
WITH listed AS (
    SELECT
        message.message_id, message.ref, message.kind, message.urgency, message.recipient, message.channel, message.items, message.state,
        message.attempts, message.created_at, message.ended_at, acknowledgement.acknowledged_at,
        coalesce(CAST(CASE
            WHEN :sort = 'items' THEN message.items
            WHEN :sort = 'attempts' THEN message.attempts
            WHEN :sort = 'ended_at' THEN extract(EPOCH FROM message.ended_at)
            WHEN :sort = 'acknowledged_at' THEN extract(EPOCH FROM acknowledgement.acknowledged_at)
            WHEN :sort = 'urgency' THEN array_position(ARRAY['low', 'normal', 'high', 'critical'], message.urgency)
            ELSE 0
        END AS float8), CAST(:no_number AS float8)) AS sort_number,
        coalesce(CASE
            WHEN :sort = 'ref' THEN message.ref
            WHEN :sort = 'kind' THEN message.kind
            WHEN :sort = 'recipient' THEN message.recipient
            WHEN :sort = 'channel' THEN message.channel
            WHEN :sort = 'state' THEN message.state
            ELSE ''
        END, CAST(:no_text AS text)) COLLATE "C" AS sort_text
    FROM message
    LEFT JOIN acknowledgement ON message.nonce = acknowledgement.nonce
    WHERE
        (CAST(:state AS text) IS NULL OR message.state = :state)
        AND (CAST(:recipient AS text) IS NULL OR message.recipient = :recipient)
        AND CASE
            WHEN :sort <> 'created_at' OR CAST(:after_id AS bigint) IS NULL THEN true
            WHEN :is_down THEN message.message_id < CAST(:after_id AS bigint)
            ELSE message.message_id > CAST(:after_id AS bigint)
        END
)

SELECT listed.*
FROM listed
WHERE
    CASE
        WHEN CAST(:after_id AS bigint) IS NULL THEN true
        WHEN :is_down THEN
            (listed.sort_number, listed.sort_text, listed.message_id)
            < (CAST(:after_number AS float8), CAST(:after_text AS text), CAST(:after_id AS bigint))
        ELSE
            (listed.sort_number, listed.sort_text, listed.message_id)
            > (CAST(:after_number AS float8), CAST(:after_text AS text), CAST(:after_id AS bigint))
    END
ORDER BY
    CASE WHEN :is_down THEN listed.sort_number END DESC,
    CASE WHEN :is_down THEN listed.sort_text END DESC,
    CASE WHEN :is_down THEN listed.message_id END DESC,
    CASE WHEN NOT :is_down THEN listed.sort_number END ASC,
    CASE WHEN NOT :is_down THEN listed.sort_text END ASC,
    CASE WHEN NOT :is_down THEN listed.message_id END ASC
LIMIT :how_many;
