-- Purpose: let batches of a system be judged again that were held only because their customers were not known yet.
-- Parameters: system. Grain: one row per batch. Dialect: PostgreSQL.
UPDATE batch SET state = 'landed', problem = NULL
WHERE state = 'held' AND system = :system AND problem ~ '^E-REFERENTIAL [^\n]*(\nE-REFERENTIAL [^\n]*)*$'
RETURNING batch_id;
