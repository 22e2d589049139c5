-- Purpose: note that a source said again, for a later day, what a batch says; nothing where a batch of its facts is newer than that one,
-- for then it went back. Parameters: batch_id, as_of, file_name, at. Grain: one row, none where nothing was noted. Dialect: PostgreSQL.
INSERT INTO batch_unchanged (batch_id, as_of, file_name, received_at)
SELECT known.batch_id, CAST(:as_of AS date), :file_name, CAST(:at AS timestamptz)
FROM batch AS known
WHERE
    known.batch_id = :batch_id AND known.as_of < CAST(:as_of AS date)
    AND NOT EXISTS (
        SELECT 1 FROM batch AS other
        WHERE
            other.source_id = known.source_id AND other.state IN ('landed', 'validated', 'published')
            AND (other.as_of, other.batch_id) > (known.as_of, known.batch_id)
    )
ON CONFLICT (batch_id, as_of) DO NOTHING
RETURNING batch_id;
