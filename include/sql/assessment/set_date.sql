-- Purpose: note the date an assessment is for, for statements of this transaction that take no parameters. Parameters: as_of.
-- Grain: one row. Dialect: PostgreSQL.
SELECT SET_CONFIG('riskreview.as_of', CAST(CAST(:as_of AS date) AS text), true);
