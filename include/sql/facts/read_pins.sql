-- Purpose: read the published version of every fact table. Parameters: none. Grain: one row per table. Dialect: PostgreSQL.
SELECT dataset, version FROM fact_table ORDER BY dataset;
