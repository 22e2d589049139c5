-- Purpose: remove the parties a list no longer names. Parameters: list_id, kept (array of entry ids). Grain: one row per entry.
-- Dialect: PostgreSQL.
DELETE FROM screening_entry WHERE list_id = :list_id AND NOT entry_id = ANY(:kept);
