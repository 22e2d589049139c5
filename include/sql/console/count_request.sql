-- Purpose: count a request of this minute for each subject. Parameters: subjects (array). Grain: one row per subject. Dialect: PostgreSQL.
INSERT INTO console_rate (subject, minute, requests)
SELECT given.subject, date_trunc('minute', now()) AS minute, 1 AS requests
FROM unnest(CAST(:subjects AS text [])) AS given (subject)
ON CONFLICT (subject, minute) DO UPDATE SET requests = console_rate.requests + 1
RETURNING subject, requests;
