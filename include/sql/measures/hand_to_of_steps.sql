-- Purpose: let a person carry out the measures of steps, and so never decide them. Parameters: step_keys (array), implementer.
-- Grain: one row per duty to decide. Dialect: PostgreSQL.
WITH handed AS (
    UPDATE measure SET implementer = :implementer
    WHERE step_key = ANY(CAST(:step_keys AS bigint [])) AND state IN ('proposed', 'approved')
    RETURNING measure_id
)

UPDATE duty SET barred = duty.barred || CAST(:implementer AS text)
FROM handed
WHERE duty.subject_type = 'measure' AND duty.subject_id = CAST(handed.measure_id AS text) AND duty.state IN ('open', 'exhausted');
