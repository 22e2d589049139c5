-- Purpose: a batch that may become facts, and the held ones of its source it makes good. Parameters: batch_id, source_id, as_of.
-- Grain: one row per batch. Dialect: PostgreSQL.
SELECT batch_id FROM batch
WHERE batch_id = :batch_id OR (source_id = :source_id AND state = 'held' AND as_of <= :as_of)
ORDER BY batch_id;
