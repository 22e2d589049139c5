-- Purpose: end a token, and tell whether it was ended before. Parameters: token_id, by, at. Grain: one row, none without such a token.
-- Dialect: PostgreSQL.
WITH before AS (
    SELECT token.token_id, token.revoked_at IS NOT NULL AS was_revoked FROM console_token AS token WHERE token.token_id = :token_id FOR UPDATE
)

UPDATE console_token AS token SET
    revoked_by = coalesce(token.revoked_by, :by), revoked_at = coalesce(token.revoked_at, :at)
FROM before
WHERE token.token_id = before.token_id
RETURNING before.was_revoked;
