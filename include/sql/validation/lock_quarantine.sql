-- Purpose: read rows by id or by batch and keep others from deciding about them. Parameters: ids, batch_id.
-- Grain: one refused row. Dialect: PostgreSQL.
SELECT quarantine_id, batch_id, dataset, source_row, code, state
FROM quarantine_row
WHERE quarantine_id = any(cast(:ids AS bigint [])) OR batch_id = cast(:batch_id AS bigint)
ORDER BY quarantine_id
FOR UPDATE;
