-- Purpose: stop the ladders of a subject, and of duties whose facts name it (steps name their activation), in which a person
-- has a part, until the due time has passed and "until" is reached.
-- Parameters: subject_type, subject_id, person, at, until. Grain: one row per open duty of the subject. Dialect: PostgreSQL.
UPDATE duty
SET next_at = greatest(next_at, due_at, :until), acknowledged_at = :at, acknowledged_by = :person, version = version + 1
WHERE
    ((subject_type = :subject_type AND subject_id = :subject_id) OR facts ->> (:subject_type || '_id') = :subject_id)
    AND state = 'open' AND next_at IS NOT NULL
    AND (owner = :person OR deputy = :person
        OR EXISTS (SELECT 1 FROM jsonb_array_elements(ladder) AS rung
WHERE jsonb_exists(rung -> 'audience', :person)))
RETURNING duty_id, next_at;
