-- Purpose: let other processes land the source. Parameters: source_id. Grain: none. Dialect: PostgreSQL.
SELECT pg_advisory_unlock(hashtextextended('intake:' || :source_id, 0));
