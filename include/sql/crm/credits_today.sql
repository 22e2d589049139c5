-- Purpose: credits a connection's pulls used within a day. Parameters: connection, now. Grain: one row. Dialect: PostgreSQL.
SELECT coalesce(sum(credits), 0) AS used
FROM crm_pull
WHERE connection = :connection AND mark > CAST(:now AS timestamptz) - interval '1 day';
