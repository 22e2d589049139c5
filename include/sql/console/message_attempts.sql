-- Purpose: every attempt to send a message and what became of it. Parameters: message_id. Grain: one row per attempt.
-- Dialect: PostgreSQL.
SELECT
    message_attempt.attempt, message_attempt.channel, message_attempt.started_at, message_attempt.ended_at, message_attempt.outcome,
    message_attempt.answer, message_attempt.body_sha256
FROM message_attempt
WHERE message_attempt.message_id = :message_id
ORDER BY message_attempt.attempt;
