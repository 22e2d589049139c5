-- Purpose: measures in force whose field others of the same customer take over, locked. Parameters: measure_ids (array).
-- Grain: one row per measure in force. Dialect: PostgreSQL.
SELECT old.measure_id, new.measure_id AS by_measure, old.kind
FROM measure AS old
INNER JOIN measure AS new ON old.customer_key = new.customer_key AND old.field = new.field
WHERE new.measure_id = ANY(CAST(:measure_ids AS bigint [])) AND old.state IN ('in_force', 'reversal_asked')
ORDER BY old.measure_id
FOR UPDATE OF old;
