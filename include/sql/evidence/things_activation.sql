-- Purpose: an activated plan with its steps, the signal that called for it and the measures of its steps. Parameters: id.
-- Grain: one row per thing. Dialect: PostgreSQL.
SELECT 'activation' AS subject_type, CAST(:id AS text) AS subject_id
UNION
SELECT 'step' AS subject_type, CAST(step_key AS text) AS subject_id FROM step WHERE activation_id = CAST(:id AS bigint)
UNION
SELECT 'signal' AS subject_type, CAST(signal_id AS text) AS subject_id
FROM activation WHERE activation_id = CAST(:id AS bigint) AND signal_id IS NOT NULL
UNION
SELECT 'measure' AS subject_type, CAST(measure.measure_id AS text) AS subject_id
FROM measure INNER JOIN step ON measure.step_key = step.step_key
WHERE step.activation_id = CAST(:id AS bigint)
ORDER BY subject_type, subject_id;
