-- Purpose: remember what was seen in fields that somebody else wrote into before us; what we wrote there earlier stays.
-- Parameters: connection, record_id, rows (fact, value, original), write_id, at. Grain: one row per fact. Dialect: PostgreSQL.
INSERT INTO crm_field (connection, record_id, fact, value, original, write_id, confirmed_at)
SELECT :connection, :record_id, item.fact, item.value, item.original, :write_id, :at
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (fact text, value text, original text)
ON CONFLICT (connection, record_id, fact) DO NOTHING;
