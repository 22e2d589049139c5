-- Purpose: note the source systems with late or held feeds, for this transaction. Parameters: systems.
-- Grain: one row per system, numbered from 0. Dialect: PostgreSQL.
CREATE TEMPORARY TABLE stale_system ON COMMIT DROP AS
SELECT
    cast(numbered.place - 1 AS smallint) AS system_number, numbered.system
FROM unnest(cast(:systems AS text [])) WITH ORDINALITY AS numbered (system, place);
