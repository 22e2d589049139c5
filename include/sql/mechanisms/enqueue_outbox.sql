-- Purpose: record in one round trip that people must be told; a known key is left alone.
-- Parameters: rows (JSON array, in order of position), at. Grain: one row per event key. Dialect: PostgreSQL.
INSERT INTO outbox_event (event_key, kind, subject_type, subject_id, urgency, audience, facts, suppressed_reason, created_at)
SELECT
    told.event_key, told.kind, told.subject_type, told.subject_id, told.urgency,
    array(SELECT jsonb_array_elements_text(told.audience)) AS audience, told.facts, told.suppressed_reason, :at AS created_at
FROM json_to_recordset(cast(:rows AS json)) AS told (
    position integer, event_key text, kind text, subject_type text, subject_id text, urgency text, audience jsonb,
    facts jsonb, suppressed_reason text
)
ORDER BY told.position
ON CONFLICT (event_key) DO NOTHING;
