-- Purpose: count what is still to come: items in no message yet and messages not accepted. Parameters: none.
-- Grain: one row. Dialect: PostgreSQL.
SELECT
    (SELECT count(*) FROM message_item
WHERE message_id IS NULL)
    + (SELECT count(*) FROM message
WHERE state IN ('queued', 'sending', 'refused', 'unknown')) AS waiting;
