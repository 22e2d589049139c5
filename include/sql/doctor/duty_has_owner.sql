-- Purpose: open duties whose owner is no person of the team (I11).
-- Parameters: people, how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT CAST(duty.duty_id AS text) AS subject, count(*) OVER () AS broken
FROM duty
WHERE
    duty.state IN ('open', 'exhausted') AND duty.owner <> all(CAST(:people AS text []))
    AND coalesce(duty.deputy, '') <> all(CAST(:people AS text []))
ORDER BY duty.duty_id
LIMIT :how_many;
