-- Purpose: close the duties of one kind, or of every kind, for a set of subjects, exhausted ones too.
-- Parameters: kind (NULL for every kind), subject_type, subject_ids, at, state. Grain: one row per duty. Dialect: PostgreSQL.
UPDATE duty
SET state = :state, closed_at = :at, next_at = NULL, version = version + 1
WHERE kind = coalesce(CAST(:kind AS text), kind) AND subject_type = :subject_type AND subject_id = ANY(:subject_ids) AND state IN ('open', 'exhausted');
