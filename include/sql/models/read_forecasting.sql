-- Purpose: the model that predicts changes of class: the champion, else one that is experimental. Parameters: none.
-- Grain: one row, none without one. Dialect: PostgreSQL.
SELECT state, content FROM model
WHERE purpose = 'change' AND state IN ('champion', 'shadow', 'proposed')
ORDER BY state <> 'champion', model_id DESC LIMIT 1;
