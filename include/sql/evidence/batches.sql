-- Purpose: deliveries with the hash of their bytes, what came of their rows, and who accepted one that was held. Parameters: batch (array).
-- Grain: one row per batch. Dialect: PostgreSQL.
SELECT
    'batch' AS subject_type, CAST(batch.batch_id AS text) AS subject_id, batch.batch_id, batch.source_id, batch.file_name, batch.sha256,
    batch.size_bytes, batch.as_of, batch.received_at, batch.state, judged.rows_in, judged.skipped, judged.accepted, judged.duplicates,
    judged.quarantined, batch.counts, batch.problem, batch.mapping_digest, batch_override.proposed_by, batch_override.decided_by, batch_override.reason
FROM batch
LEFT JOIN batch_override ON batch.batch_id = batch_override.batch_id
LEFT JOIN LATERAL (
    SELECT
        CAST(sum(CAST(told.counts ->> 'rows_in' AS bigint)) AS bigint) AS rows_in,
        CAST(sum(CAST(told.counts ->> 'skipped' AS bigint)) AS bigint) AS skipped,
        CAST(sum(CAST(told.counts ->> 'accepted' AS bigint)) AS bigint) AS accepted,
        CAST(sum(CAST(told.counts ->> 'duplicates' AS bigint)) AS bigint) AS duplicates,
        CAST(sum(CAST(told.counts ->> 'quarantined' AS bigint)) AS bigint) AS quarantined
    FROM jsonb_each(batch.counts -> 'validation' -> 'datasets') AS told (dataset, counts)
) AS judged ON true
WHERE batch.batch_id = ANY(CAST(:batch AS bigint []))
ORDER BY batch.batch_id;
