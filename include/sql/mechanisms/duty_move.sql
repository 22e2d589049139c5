-- Purpose: move locked duties up one rung. Parameters: rows (JSON array of duty_id, next_at, state), now.
-- Grain: one row per duty. Dialect: PostgreSQL.
UPDATE duty
SET level = duty.level + 1, next_at = moved.next_at, state = moved.state, version = duty.version + 1,
    closed_at = CASE WHEN moved.state = 'exhausted' THEN :now END
FROM json_to_recordset(cast(:rows AS json)) AS moved (duty_id bigint, next_at timestamptz, state text)
WHERE duty.duty_id = moved.duty_id;
