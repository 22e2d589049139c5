-- Purpose: every token without its hash, the newest first. Parameters: none. Grain: one row per token. Dialect: PostgreSQL.
SELECT
    token.token_id, token.user_id, token.name, token.writes, token.created_by, token.created_at, token.expires_at, token.revoked_by,
    token.revoked_at
FROM console_token AS token
ORDER BY token.token_id DESC;
