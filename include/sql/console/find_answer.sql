-- Purpose: what became of a request. Parameters: user_id, key. Grain: one row. Dialect: PostgreSQL.
SELECT answer.request, answer.status, answer.body
FROM console_answer AS answer
WHERE answer.user_id = :user_id AND answer.key = :key;
