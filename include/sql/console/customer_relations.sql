-- Purpose: the relations in force in which a customer stands, on either side; whoever is somebody else's customer is named and not led to.
-- Parameters: customer_key, names (owner names, null: all may be seen). Grain: one row per relation. Dialect: PostgreSQL.
SELECT
    relation.kind, coalesce(party.name, relation.party_name, relation.party) AS party, coalesce(about.name, about.customer_id) AS about,
    relation.share_pct, relation.reporting_amount, relation.starts_on, relation.ends_on,
    CASE
        WHEN party.customer_key <> :customer_key
            AND (CAST(:names AS text []) IS NULL OR party.owner_user = any(CAST(:names AS text [])))
            THEN 'customers/' || party.customer_key
        ELSE ''
    END AS party_page,
    CASE
        WHEN about.customer_key <> :customer_key
            AND (CAST(:names AS text []) IS NULL OR about.owner_user = any(CAST(:names AS text [])))
            THEN 'customers/' || about.customer_key
        ELSE ''
    END AS about_page
FROM current_relation AS relation
INNER JOIN customer AS about ON relation.customer_key = about.customer_key
LEFT JOIN customer AS party ON relation.party_key = party.customer_key
WHERE relation.customer_key = :customer_key OR relation.party_key = :customer_key
ORDER BY relation.kind DESC, relation.share_pct DESC NULLS LAST, relation.item_key
LIMIT 100;
