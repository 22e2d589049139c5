-- Purpose: the published version of every fact table. Parameters: none. Grain: one row per table. Dialect: PostgreSQL.
SELECT fact_table.dataset, fact_table.version FROM fact_table ORDER BY fact_table.dataset;
