-- Purpose: the scorecard that decides and since when. Parameters: none. Grain: at most one row. Dialect: PostgreSQL.
SELECT model_id, decided_at FROM model
WHERE state = 'champion' AND purpose = 'default';
