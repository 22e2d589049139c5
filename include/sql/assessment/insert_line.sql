-- Purpose: note the lines an assessment was judged by. Parameters: position, indicator_id, warning, alarm.
-- Grain: one row per indicator. Dialect: PostgreSQL.
INSERT INTO assessed_line (position, indicator_id, warning, alarm) VALUES (:position, :indicator_id, :warning, :alarm);
