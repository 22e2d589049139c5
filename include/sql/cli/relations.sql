-- Purpose: the relations in force in which customers stand, on either side. Parameters: customer_keys (array).
-- Grain: one row per relation. Dialect: PostgreSQL.
SELECT relation.kind, about.customer_id, about.name, party.customer_id AS party_id, coalesce(party.name, relation.party_name) AS party,
    relation.share_pct, relation.amount, relation.currency, relation.reporting_amount, relation.starts_on, relation.ends_on,
    relation.customer_key = ANY(CAST(:customer_keys AS bigint [])) AS is_about,
    coalesce(relation.party_key = ANY(CAST(:customer_keys AS bigint [])), false) AS is_party
FROM current_relation AS relation
INNER JOIN customer AS about ON relation.customer_key = about.customer_key
LEFT JOIN customer AS party ON relation.party_key = party.customer_key
WHERE relation.customer_key = ANY(CAST(:customer_keys AS bigint [])) OR relation.party_key = ANY(CAST(:customer_keys AS bigint []))
ORDER BY relation.kind DESC, about.customer_id, relation.item_key;
