-- Purpose: events and messages in waiting that hold an e-mail address (I12).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
WITH broken AS (
    SELECT 'event log ' || event.seq AS subject FROM audit_event AS event
    WHERE
        position(CAST('@' AS bytea) IN event.body) > 0
        AND convert_from(event.body, 'UTF8') ~ '[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+[.][A-Za-z]{2}'
    UNION ALL
    SELECT 'outbox ' || event.outbox_id AS subject FROM outbox_event AS event
    WHERE CAST(event.facts AS text) ~ '[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+[.][A-Za-z]{2}'
)

SELECT broken.subject, count(*) OVER () AS broken
FROM broken
ORDER BY broken.subject
LIMIT :how_many;
