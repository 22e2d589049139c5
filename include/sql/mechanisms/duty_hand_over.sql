-- Purpose: give the unfinished duties of one person for some subjects to another. Parameters: subject_type, subject_ids (array), old,
-- owner, deputy. Grain: one row per duty. Dialect: PostgreSQL.
UPDATE duty
SET owner = :owner, deputy = :deputy, version = version + 1
WHERE subject_type = :subject_type AND subject_id = ANY(:subject_ids) AND owner = :old AND state IN ('open', 'exhausted');
