-- Purpose: the snoozed signals whose day has come, with whom to tell. Parameters: on_day. Grain: one row per signal.
-- Dialect: PostgreSQL.
SELECT signal.signal_id, signal.version, signal.rule_id, signal.severity, signal.customer_key, signal.snoozed_by, customer.customer_id
FROM signal LEFT JOIN customer ON signal.customer_key = customer.customer_key
WHERE signal.state = 'snoozed' AND signal.snoozed_until <= CAST(:on_day AS date)
ORDER BY signal.signal_id;
