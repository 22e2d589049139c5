-- Purpose: whether a message waits to be landed or to be settled after its batch was published.
-- Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT
    exists(
        SELECT 1
        FROM event LEFT JOIN batch ON event.batch_id = batch.batch_id
        WHERE event.state IN ('received', 'landed') OR (event.state = 'held' AND batch.state = 'published')
    ) AS waits;
