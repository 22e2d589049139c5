-- Purpose: what became of the batches of messages whose customers are not judged yet, and whether any row of a message may be a fact.
-- Parameters: none. Grain: one row per message. Dialect: PostgreSQL.
SELECT
    event.event_id, event.state, event.batch_id, batch.state AS batch_state, batch.problem,
    (
        SELECT count(*)
        FROM quarantine_row
        WHERE
            quarantine_row.batch_id = event.batch_id AND quarantine_row.line BETWEEN event.first_row AND event.last_row
    ) >= event.rows * cardinality(event.datasets) AS is_quarantined
FROM event
INNER JOIN batch ON event.batch_id = batch.batch_id
WHERE event.state IN ('landed', 'held')
ORDER BY event.event_id;
