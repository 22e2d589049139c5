-- Purpose: duties whose ladder is used up and that nobody ended. Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT count(*) AS exhausted_duties FROM duty
WHERE state = 'exhausted';
