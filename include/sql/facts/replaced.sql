-- Purpose: choose, for a date, which version of an item counts, and list the others: the newest extract up to the date, else
-- the newest at all; of extracts of one day the one received last. Sources with another origin do not replace one another.
-- Variables: run_as_of; reads version_rows, known_batches.
-- Grain: one row per replaced item and batch. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT version_rows.item_key, version_rows.batch_id
FROM version_rows
JOIN known_batches ON known_batches.batch_id = version_rows.batch_id
QUALIFY row_number() OVER (
    PARTITION BY version_rows.item_key, known_batches.origin
    ORDER BY (as_of <= getvariable('run_as_of')::DATE) DESC, as_of DESC, known_at DESC, version_rows.batch_id DESC
) > 1
