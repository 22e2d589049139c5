-- Purpose: point readers at a version of a fact table; a pointer never goes back. Parameters: dataset, version.
-- Grain: one row per table. Dialect: PostgreSQL.
INSERT INTO fact_table (dataset, version) VALUES (:dataset, :version)
ON CONFLICT (dataset) DO UPDATE SET version = greatest(fact_table.version, EXCLUDED.version);
