-- Purpose: the lists as they were last loaded. Parameters: none. Grain: one row per list. Dialect: PostgreSQL.
SELECT list_id, digest, entries, loaded_at FROM screening_list ORDER BY list_id;
