-- Purpose: say in which batch the rows of a message are going to be. Parameters: event_id, sha256, first_row, last_row.
-- Grain: one row. Dialect: PostgreSQL.
UPDATE event SET batch_sha256 = :sha256, first_row = :first_row, last_row = :last_row
WHERE event_id = :event_id AND state = 'received';
