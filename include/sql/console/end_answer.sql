-- Purpose: keep the answer to a request. Parameters: user_id, key, status, body. Grain: one row. Dialect: PostgreSQL.
UPDATE console_answer SET status = :status, body = :body WHERE user_id = :user_id AND key = :key;
