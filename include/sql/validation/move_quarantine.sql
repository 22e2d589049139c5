-- Purpose: record what became of quarantined rows. Parameters: ids, state, reason, actor, at. Grain: one refused row.
-- Dialect: PostgreSQL.
UPDATE quarantine_row
SET state = :state, reason = :reason, changed_by = :actor, changed_at = :at, version = version + 1
WHERE quarantine_id = any(cast(:ids AS bigint [])) AND state = 'quarantined';
