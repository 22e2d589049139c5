-- Purpose: list the versions of items that this batch shares with published batches and that are not listed yet.
-- Parameters: none; reads stored, listed, compared_batch, this_batch. Grain: one row per item and batch. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
WITH shared AS (
    SELECT DISTINCT stored.item_key
    FROM stored
    SEMI JOIN this_batch ON this_batch.item_key = stored.item_key
    SEMI JOIN compared_batch ON compared_batch.batch_id = stored.batch_id
)
SELECT stored.item_key, stored.batch_id, stored.as_of, stored.known_at
FROM stored
SEMI JOIN shared ON shared.item_key = stored.item_key
ANTI JOIN listed ON listed.item_key = stored.item_key AND listed.batch_id = stored.batch_id
