-- Purpose: risk class (M2) and listing (C2: 0 not listed, 1 increased monitoring, 2 call for action) of each profile's country.
-- Parameters: as_of, m2_since, c2_since (first days too old). Reads profile. Grain: one row per profile with a country.
-- Dialect: DuckDB. Of each scheme the newest list up to the date counts, as a whole; of several schemes the worst. A list that is
-- too old gives no class, and a country that it does not name is unknown rather than unlisted.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
WITH current_list AS (
    SELECT scheme, country, valid_from, risk_class, listing
    FROM country_risk WHERE valid_from <= $as_of
    QUALIFY valid_from = max(valid_from) OVER (PARTITION BY scheme)
),
lists AS (
    SELECT count(*) > 0 AND bool_and(is_fresh) AS are_fresh
    FROM (SELECT scheme, bool_and(valid_from > $c2_since) AS is_fresh FROM current_list GROUP BY scheme HAVING count(listing) > 0)
),
named AS (
    SELECT country, max(risk_class) FILTER (WHERE valid_from > $m2_since) AS risk_class,
        max(CASE listing WHEN 'call_for_action' THEN 2 WHEN 'increased_monitoring' THEN 1 END) AS listing
    FROM current_list GROUP BY country
)
SELECT p.profile, n.risk_class, coalesce(n.listing, CASE WHEN lists.are_fresh THEN 0 END)::DOUBLE AS listing
FROM profile AS p LEFT JOIN named AS n ON n.country = p.country CROSS JOIN lists
WHERE p.country IS NOT NULL
