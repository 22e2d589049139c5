-- Purpose: one pull. Parameters: pull_id. Grain: at most one row. Dialect: PostgreSQL.
SELECT *, mark AS full_at
FROM crm_pull
WHERE pull_id = :pull_id;
