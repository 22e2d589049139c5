-- Purpose: give signals to the customer that took theirs over, as severe as the worst that one stands for. Parameters: none.
-- Grain: one row per signal. Dialect: PostgreSQL.
UPDATE signal
SET
    customer_key = followed.survivor, subject_id = CAST(followed.survivor AS text), version = signal.version + 1,
    severity = (ARRAY['warning', 'alarm', 'emergency'])[followed.severity]
FROM followed_signal AS followed
WHERE
    signal.signal_id = followed.signal_id AND followed.kept = followed.signal_id
    AND (signal.customer_key, signal.severity)
    IS DISTINCT FROM (followed.survivor, (ARRAY['warning', 'alarm', 'emergency'])[followed.severity])
RETURNING signal.signal_id, followed.customer_key AS retired, followed.survivor, signal.severity, followed.is_worse;
