-- Purpose: what people said the signals of each rule were, of those opened since a day. Parameters: since.
-- Grain: one row per rule and severity. Dialect: PostgreSQL.
SELECT
    outcome.rule_id, outcome.severity, count(*) AS closed,
    count(*) FILTER (WHERE outcome.outcome = 'confirmed_risk') AS confirmed_risk,
    count(*) FILTER (WHERE outcome.outcome = 'useful_alert') AS useful_alert,
    count(*) FILTER (WHERE outcome.outcome = 'false_positive') AS false_positive,
    round(avg(outcome.closed_on - outcome.opened_on), 1) AS days_to_close
FROM signal_outcome AS outcome
WHERE outcome.opened_on >= CAST(:since AS date)
GROUP BY outcome.rule_id, outcome.severity
ORDER BY outcome.rule_id, array_position(ARRAY['warning', 'alarm', 'emergency'], outcome.severity);
