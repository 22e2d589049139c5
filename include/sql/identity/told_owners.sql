-- Purpose: read the owners that sources name where their shares, told by whomever, add up to more than all. Two majority owners do.
-- Parameters: none. Grain: one row per relation. Dialect: PostgreSQL.
SELECT customer_key, coalesce(system, '') AS system, coalesce(CAST(party_key AS text), party) AS owner, party_name, share_pct
FROM current_relation
WHERE
    kind = 'ownership' AND share_pct IS NOT NULL
    AND customer_key IN (
        SELECT customer_key FROM current_relation
        WHERE kind = 'ownership'
        GROUP BY customer_key
        HAVING sum(share_pct) > 100
    )
ORDER BY customer_key, system, owner;
