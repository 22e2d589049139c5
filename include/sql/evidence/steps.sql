-- Purpose: the steps of activated plans, with the evidence given. Parameters: step (array of keys). Grain: one row per step.
-- Dialect: PostgreSQL.
SELECT
    'step' AS subject_type, CAST(step_key AS text) AS subject_id, activation_id, position, step_id, title_en, title_zh, role, owner, state,
    due_at, evidence, reason, ended_by, ended_at
FROM step
WHERE step_key = ANY(CAST(:step AS bigint []))
ORDER BY activation_id, position;
