-- Purpose: rows landed and refused over all batches, from the counts each batch was closed with
-- Parameters: none
-- Grain: one row
-- Dialect: postgres
SELECT
    (SELECT coalesce(sum(f.rows_appended), 0) FROM fact_batch AS f)
    + (SELECT count(*) FROM account AS a) AS landed,
    (SELECT count(*) FROM quarantine_row) AS refused
