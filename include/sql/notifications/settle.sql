-- Purpose: record what became of an attempt, only if its lease still holds: a late writer changes nothing.
-- Parameters: message_id, attempt, lease_token, outcome, answer, body_sha256, state, next_at, ended_at, failures, now.
-- Grain: one row, or none when the lease was lost. Dialect: PostgreSQL.
WITH answered AS (
    UPDATE message_attempt
    SET outcome = :outcome, ended_at = :now, answer = :answer, body_sha256 = :body_sha256
    WHERE message_id = :message_id AND attempt = :attempt AND lease_token = CAST(:lease_token AS uuid) AND outcome IS NULL
    RETURNING message_id
)

UPDATE message
SET state = :state, next_at = :next_at, ended_at = :ended_at, failures = :failures, problem = :problem,
    lease_token = NULL, lease_until = NULL
FROM answered
WHERE message.message_id = answered.message_id AND message.lease_token = CAST(:lease_token AS uuid)
RETURNING message.message_id;
