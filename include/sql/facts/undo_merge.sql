-- Purpose: mark a merge as undone. Parameters: merge_id, undone_by, at. Grain: one row. Dialect: PostgreSQL.
UPDATE customer_merge SET undone_by = :undone_by, undone_at = :at WHERE merge_id = :merge_id AND undone_at IS NULL;
