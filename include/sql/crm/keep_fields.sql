-- Purpose: remember what was written and seen; what stood there before the first write stays as it was.
-- Parameters: connection, record_id, rows (fact, value, original), write_id, at. Grain: one row per fact. Dialect: PostgreSQL.
INSERT INTO crm_field (connection, record_id, fact, value, original, write_id, confirmed_at)
SELECT :connection, :record_id, item.fact, item.value, item.original, :write_id, :at
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (fact text, value text, original text)
ON CONFLICT (connection, record_id, fact)
DO UPDATE SET value = excluded.value, write_id = excluded.write_id, confirmed_at = excluded.confirmed_at;
