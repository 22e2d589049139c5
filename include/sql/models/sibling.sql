-- Purpose: the newest challenger trained from the same definition as a scorecard. Parameters: purpose, definition. Grain: one row, none
-- without one. Dialect: PostgreSQL.
SELECT model_id FROM model
WHERE purpose = :purpose AND kind = 'forest' AND definition = :definition AND state IN ('trained', 'retired')
ORDER BY model_id DESC LIMIT 1;
