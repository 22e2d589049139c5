-- Purpose: record a message once per source and key. Parameters: source_id, event_key, system, datasets, sha256, size_bytes,
-- content_type, rows, accounts, received_at, received_through. Grain: one row, none for a repeat. Dialect: PostgreSQL.
INSERT INTO event (source_id, event_key, system, datasets, sha256, size_bytes, content_type, rows, accounts, received_at,
    received_through, state)
VALUES (:source_id, :event_key, :system, :datasets, :sha256, :size_bytes, :content_type, :rows, :accounts, :received_at,
    :received_through, 'received')
ON CONFLICT (source_id, event_key) DO NOTHING
RETURNING event_id;
