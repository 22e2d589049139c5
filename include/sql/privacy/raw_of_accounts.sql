-- Purpose: hashes of bytes that may tell of accounts although no fact does: pages and extracts of CRM pulls, bodies of events.
-- Parameters: accounts (array of ids). Grain: one row per hash. Dialect: PostgreSQL.
SELECT event.sha256 AS sha256 FROM event
WHERE event.accounts && cast(:accounts AS text [])
UNION
SELECT page.told ->> 'sha256' AS sha256
FROM crm_pull CROSS JOIN LATERAL jsonb_array_elements(crm_pull.pages) AS page (told)
UNION
SELECT crm_pull.extract AS sha256 FROM crm_pull
WHERE crm_pull.extract IS NOT NULL
ORDER BY sha256;
