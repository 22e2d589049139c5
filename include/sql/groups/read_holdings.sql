-- Purpose: read who owns how much of whom; parties that are no customers have numbers below zero. Of several statements about one
-- pair the largest share counts. Parameters: none. Grain: one row per owner and owned customer. Dialect: PostgreSQL.
SELECT owner_key, customer_key, max(share_pct) AS share_pct FROM (
    SELECT
        coalesce(party_key, -dense_rank() OVER (ORDER BY party)) AS owner_key, customer_key, share_pct
    FROM found_relation WHERE kind = 'ownership' AND share_pct IS NOT NULL
) AS holding
GROUP BY owner_key, customer_key;
