-- Purpose: changes of chief executive, chief financial officer, auditor and owner, for E2. Parameters: as_of, e2_since (first day too
-- old). Grain: one row per customer with a change. Dialect: DuckDB.
-- Who leaves and who follows in one role is one change. A change in the register within 31 days of one among the contacts is the same;
-- records of severity below 30 tell of trifles such as a new address.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
WITH moved AS (
    SELECT customer_key, lower(trim(role)) AS role, since_on AS day, true AS came FROM contacts
    WHERE since_on <= $as_of AND since_on > $e2_since
    UNION ALL
    SELECT customer_key, lower(trim(role)), until_on, false FROM contacts WHERE until_on <= $as_of AND until_on > $e2_since
),
counted AS (SELECT DISTINCT customer_key, role, day, came FROM moved WHERE role IN ('ceo', 'cfo', 'auditor', 'owner')),
by_role AS (
    SELECT customer_key, greatest(count(*) FILTER (WHERE came), count(*) FILTER (WHERE NOT came)) AS changes
    FROM counted GROUP BY customer_key, role
),
registered AS (
    SELECT DISTINCT customer_key, coalesce(event_on, observed_on) AS day
    FROM external_signals
    WHERE signal_type = 'registry_change' AND coalesce(severity, 100) >= 30 AND observed_on <= $as_of
        AND coalesce(event_on, observed_on) > $e2_since
        AND NOT (coalesce(closed_on <= $as_of, false) OR (as_of <= $as_of AND closed_on IS NULL AND coalesce(status = 'closed', false)))
),
unheard AS (
    SELECT r.customer_key, count(*) AS changes
    FROM registered AS r
    WHERE NOT EXISTS (SELECT 1 FROM counted AS c WHERE c.customer_key = r.customer_key AND abs(c.day - r.day) <= 31)
    GROUP BY r.customer_key
)
SELECT customer_key, sum(changes)::DOUBLE AS changes
FROM (SELECT customer_key, changes FROM by_role UNION ALL SELECT customer_key, changes FROM unheard)
GROUP BY customer_key
