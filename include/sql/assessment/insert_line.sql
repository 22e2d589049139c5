-- Purpose: note the lines assessments were judged by. Parameters: line_set, position, indicator_id, warning, alarm.
-- Grain: one row per set of overrides and indicator. Dialect: PostgreSQL.
INSERT INTO assessed_line (line_set, position, indicator_id, warning, alarm)
VALUES (:line_set, :position, :indicator_id, :warning, :alarm)
ON CONFLICT DO NOTHING;
