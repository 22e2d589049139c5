-- Purpose: keep the ladders of a subject silent until a moment. Parameters: subject_type, subject_id, until.
-- Grain: one row per open duty. Dialect: PostgreSQL.
UPDATE duty
SET next_at = greatest(next_at, :until), version = version + 1
WHERE subject_type = :subject_type AND subject_id = :subject_id AND state = 'open' AND next_at IS NOT NULL;
