-- Purpose: whether a held batch of a source is somebody's duty. Parameters: source_id, kind. Grain: one row. Dialect: PostgreSQL.
SELECT EXISTS (
    SELECT FROM duty
    INNER JOIN batch ON duty.subject_id = CAST(batch.batch_id AS text)
    WHERE
        duty.subject_type = 'batch' AND duty.kind LIKE :kind || '%' AND duty.state IN ('open', 'exhausted')
        AND batch.source_id = :source_id AND batch.state = 'held'
) AS is_owed;
