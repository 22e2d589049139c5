-- Purpose: the steps of an activation. Parameters: activation_id. Grain: one row per step, in their order. Dialect: PostgreSQL.
SELECT
    step.step_id, step.title_en, step.title_zh, step.evidence_needed_en, step.evidence_needed_zh, step.depends_on, step.role,
    step.owner, step.deputy, step.due_at, step.state, step.version, step.evidence, step.reason, step.ended_by, step.ended_at
FROM step
WHERE step.activation_id = :activation_id
ORDER BY step.position;
