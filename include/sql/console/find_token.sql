-- Purpose: the login of a token that is in force. Parameters: sha256, at. Grain: at most one row. Dialect: PostgreSQL.
SELECT token.user_id, token.writes
FROM console_token AS token
WHERE token.sha256 = :sha256 AND token.revoked_at IS NULL AND token.expires_at > :at;
