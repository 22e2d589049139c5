-- Purpose: find a message by what its sender calls it. Parameters: source_id, event_key. Grain: at most one row. Dialect: PostgreSQL.
SELECT event_id, sha256, received_at FROM event
WHERE source_id = :source_id AND event_key = :event_key;
