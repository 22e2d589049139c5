-- Purpose: a review with its snapshots, remarks and measures, as the event log names them. Parameters: id. Grain: one row per thing.
-- Dialect: PostgreSQL.
SELECT 'review' AS subject_type, CAST(:id AS text) AS subject_id
UNION
SELECT 'snapshot' AS subject_type, review_id || ':' || number AS subject_id FROM review_snapshot WHERE review_id = CAST(:id AS bigint)
UNION
SELECT 'review_remark' AS subject_type, CAST(remark_id AS text) AS subject_id FROM review_remark WHERE review_id = CAST(:id AS bigint)
UNION
SELECT 'measure' AS subject_type, CAST(measure_id AS text) AS subject_id FROM measure WHERE review_id = CAST(:id AS bigint)
ORDER BY subject_type, subject_id;
