-- Purpose: open duties; a known (kind, subject) is left alone. Parameters: rows (JSON array; ladder is a place in ladders), ladders
-- (JSON array), at. Grain: one row per duty. Dialect: PostgreSQL.
WITH ladders AS (
    SELECT told.ladder, told.place - 1 AS place
    FROM jsonb_array_elements(cast(:ladders AS jsonb)) WITH ORDINALITY AS told (ladder, place)
)

INSERT INTO duty (kind, subject_type, subject_id, role, owner, deputy, due_at, next_at, ladder, facts, roles, barred, opened_at)
SELECT
    new.kind, new.subject_type, new.subject_id, new.role, new.owner, new.deputy, new.due_at, new.next_at, ladders.ladder, new.facts,
    new.roles, new.barred,
    :at AS opened_at
FROM json_to_recordset(cast(:rows AS json)) AS new (
    kind text, subject_type text, subject_id text, role text, owner text, deputy text, due_at timestamptz,
    next_at timestamptz, ladder bigint, facts jsonb, roles text [], barred text []
)
INNER JOIN ladders ON new.ladder = ladders.place
ORDER BY new.kind, new.subject_type, new.subject_id
ON CONFLICT (kind, subject_type, subject_id) DO NOTHING;
