-- Purpose: clear the signals that another one about the same customer and rule stands for now. Parameters: as_of.
-- Grain: one row per signal. Dialect: PostgreSQL.
UPDATE signal
SET state = 'cleared', cleared_on = greatest(signal.last_seen_on, cast(:as_of AS date)), version = signal.version + 1
FROM followed_signal AS followed
WHERE signal.signal_id = followed.signal_id AND followed.kept <> followed.signal_id
RETURNING signal.signal_id, followed.customer_key AS retired, followed.survivor, followed.kept;
