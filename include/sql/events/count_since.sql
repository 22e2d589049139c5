-- Purpose: count what a source sent lately. Parameters: source_id, since. Grain: one row. Dialect: PostgreSQL.
SELECT count(*) AS events FROM event
WHERE source_id = :source_id AND received_at > :since;
