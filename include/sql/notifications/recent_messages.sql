-- Purpose: list when persons got single urgent messages and digests lately. Parameters: since.
-- Grain: one row per message. Dialect: PostgreSQL.
SELECT recipient, channel, kind = 'digest' AS is_digest, created_at
FROM message
WHERE created_at > :since AND (kind = 'digest' OR urgency IN ('critical', 'high'));
