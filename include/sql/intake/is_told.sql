-- Purpose: whether an event has already been recorded. Parameters: event_key. Grain: one row. Dialect: PostgreSQL.
SELECT EXISTS (SELECT 1 FROM outbox_event WHERE event_key = :event_key);
