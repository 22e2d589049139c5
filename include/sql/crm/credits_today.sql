-- Purpose: credits a connection used within a day, whatever for. Parameters: connection, now. Grain: one row. Dialect: PostgreSQL.
SELECT coalesce(sum(credits), 0) AS used
FROM crm_use
WHERE connection = :connection AND used_at > CAST(:now AS timestamptz) - interval '1 day';
