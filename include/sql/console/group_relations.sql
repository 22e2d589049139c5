-- Purpose: the relations in force among customers of a group, on either side. Parameters: customer_keys (array).
-- Grain: one row per relation. Dialect: PostgreSQL.
SELECT
    relation.kind, coalesce(party.name, relation.party_name, relation.party) AS party, coalesce(about.name, about.customer_id) AS about,
    relation.share_pct, relation.reporting_amount, relation.starts_on, relation.ends_on
FROM current_relation AS relation
INNER JOIN customer AS about ON relation.customer_key = about.customer_key
LEFT JOIN customer AS party ON relation.party_key = party.customer_key
WHERE
    relation.customer_key = any(CAST(:customer_keys AS bigint []))
    OR relation.party_key = any(CAST(:customer_keys AS bigint []))
ORDER BY relation.kind DESC, relation.share_pct DESC NULLS LAST, relation.item_key
LIMIT 200;
