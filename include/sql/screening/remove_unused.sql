-- Purpose: remove the lists the policy no longer names or whose files are gone. Parameters: used (array of list ids).
-- Grain: one row per list. Dialect: PostgreSQL.
DELETE FROM screening_list WHERE NOT list_id = ANY(:used) RETURNING list_id;
