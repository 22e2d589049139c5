-- Purpose: list when persons got messages lately, single urgent ones or others. Parameters: since.
-- Grain: one row per message. Dialect: PostgreSQL.
SELECT recipient, channel, kind <> 'digest' AND urgency IN ('critical', 'high') AS is_single, created_at
FROM message
WHERE created_at > :since;
