-- Purpose: read a merge that may be undone, and lock it. Parameters: merge_id. Grain: one row. Dialect: PostgreSQL.
SELECT retired, survivor, basis, undone_at FROM customer_merge WHERE merge_id = :merge_id FOR UPDATE;
