-- Purpose: note that signals still stand, with the figure of today. Parameters: as_of. Grain: one row per signal.
-- Dialect: PostgreSQL.
UPDATE signal
SET last_seen_on = CAST(:as_of AS date), value = found.value, line = found.line
FROM found_signal AS found
INNER JOIN watched_rule AS watched ON found.rule_number = watched.rule_number
WHERE
    found.act = 3 AND signal.customer_key = found.customer_key AND signal.rule_id = watched.rule_id
    AND signal.subject_type = 'customer' AND signal.state <> 'cleared' AND signal.last_seen_on <= CAST(:as_of AS date)
    AND (signal.last_seen_on, signal.value) IS DISTINCT FROM (CAST(:as_of AS date), found.value);
