-- Purpose: record what reading a landed batch again came to. Parameters: batch_id, mapping_digest, as_of, counts.
-- Grain: one row. Dialect: PostgreSQL.
UPDATE batch
SET mapping_digest = :mapping_digest, as_of = :as_of, counts = CAST(:counts AS jsonb), state = 'landed'
WHERE batch_id = :batch_id AND state IN ('landed', 'validated');
