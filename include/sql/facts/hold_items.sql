-- Purpose: remember items that a snapshot named in a refused row: they are not cleared by it.
-- Parameters: batch_id, dataset, item_key. Grain: one row per item. Dialect: PostgreSQL.
INSERT INTO fact_held (batch_id, dataset, item_key) VALUES (:batch_id, :dataset, :item_key) ON CONFLICT DO NOTHING;
