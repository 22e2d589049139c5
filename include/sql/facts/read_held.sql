-- Purpose: list the items that a known snapshot named in a refused row, with its source and date. Parameters: known_at, as_of.
-- Grain: one row per item and batch. Dialect: PostgreSQL.
SELECT h.dataset, h.item_key, b.source_id, b.as_of, b.batch_id FROM fact_held AS h
JOIN fact_batch AS b ON b.batch_id = h.batch_id AND b.dataset = h.dataset
WHERE b.known_at <= :known_at AND b.as_of <= :as_of;
