-- Purpose: the questions of a pinned checklist. Parameters: digest. Grain: at most one row. Dialect: PostgreSQL.
SELECT items FROM review_checklist
WHERE digest = :digest;
