-- Purpose: assign the steps of new activations. Parameters: rows (JSON array). Grain: one row per step. Dialect: PostgreSQL.
INSERT INTO step (
    activation_id, step_id, position, title_en, title_zh, evidence_needed_en, evidence_needed_zh, depends_on, role, owner,
    deputy, due_at, state
)
SELECT
    r.activation_id, r.step_id, r.position, r.title_en, r.title_zh, r.evidence_needed_en, r.evidence_needed_zh, r.depends_on,
    r.role, r.owner, r.deputy, r.due_at, 'todo' AS state
FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS r (
    activation_id bigint, step_id text, position smallint, title_en text, title_zh text, evidence_needed_en text,
    evidence_needed_zh text, depends_on text [], role text, owner text, deputy text, due_at timestamptz
)
ORDER BY r.activation_id, r.position
RETURNING step_key, activation_id, step_id;
