-- Purpose: choose, for a date, which version of an item counts, and list the others: the newest extract up to the date, else
-- the newest at all; of extracts of one day the one received last. Variables: run_as_of; reads version_rows, known_batches.
-- Grain: one row per replaced item and batch. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT item_key, batch_id
FROM version_rows
SEMI JOIN known_batches ON known_batches.batch_id = version_rows.batch_id
QUALIFY row_number() OVER (
    PARTITION BY item_key
    ORDER BY (as_of <= getvariable('run_as_of')::DATE) DESC, as_of DESC, known_at DESC, batch_id DESC
) > 1
