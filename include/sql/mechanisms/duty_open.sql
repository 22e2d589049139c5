-- Purpose: open duties; a known (kind, subject) is left alone. Parameters: rows (JSON array), at.
-- Grain: one row per duty. Dialect: PostgreSQL.
INSERT INTO duty (kind, subject_type, subject_id, role, owner, deputy, due_at, next_at, ladder, facts, opened_at)
SELECT
    new.kind, new.subject_type, new.subject_id, new.role, new.owner, new.deputy, new.due_at, new.next_at, new.ladder, new.facts,
    :at AS opened_at
FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS new (
    kind text, subject_type text, subject_id text, role text, owner text, deputy text, due_at timestamptz,
    next_at timestamptz, ladder jsonb, facts jsonb
)
ORDER BY new.kind, new.subject_type, new.subject_id
ON CONFLICT (kind, subject_type, subject_id) DO NOTHING;
