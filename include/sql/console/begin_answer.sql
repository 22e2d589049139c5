-- Purpose: note that a request is worked on, also one that was not answered within a minute. Parameters: user_id, key, request, at.
-- Grain: one row, none when it was noted before. Dialect: PostgreSQL.
INSERT INTO console_answer (user_id, key, request, at)
VALUES (:user_id, :key, :request, :at)
ON CONFLICT (user_id, key) DO UPDATE SET at = excluded.at
WHERE
    console_answer.status IS NULL AND console_answer.request = excluded.request
    AND console_answer.at < excluded.at - INTERVAL '1 minute'
RETURNING key;
