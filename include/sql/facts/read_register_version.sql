-- Purpose: read the version of the register that readers see. Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT coalesce((SELECT version FROM fact_table WHERE dataset = 'accounts'), 0) AS version;
