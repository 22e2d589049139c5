-- Purpose: remember that events have been turned into items, or why they were not.
-- Parameters: outbox_ids, obsolete (ids), at. Grain: one row per event. Dialect: PostgreSQL.
UPDATE outbox_event
SET expanded_at = :at,
    suppressed_reason = CASE
        WHEN outbox_id = ANY(CAST(:obsolete AS bigint [])) THEN COALESCE(suppressed_reason, 'the duty was done meanwhile')
        ELSE suppressed_reason
    END
WHERE outbox_id = ANY(:outbox_ids) AND expanded_at IS NULL;
