-- Purpose: with whom customers stand: what their group owes and may owe, its members by exposure, and the relations in force. Names
-- and registration numbers stay out; an outsider is known by the relation that names it. Only customers with ties have a row.
-- Parameters: customer_keys (array), as_of, most (members named). Grain: one row per customer. Dialect: PostgreSQL.
WITH wanted AS (
    SELECT unnest(CAST(:customer_keys AS bigint [])) AS customer_key
),

concerned AS (
    SELECT DISTINCT member.group_id FROM group_member AS member INNER JOIN wanted ON member.customer_key = wanted.customer_key
),

members AS (
    SELECT
        member.group_id, customer.customer_id, judged.exposure, judged.limit_amount,
        read_class(judged.risk_class, judged.valid_until, CAST(:as_of AS date)) AS risk_class,
        acting_class(judged.risk_class, judged.valid_until, CAST(:as_of AS date)) AS acting_class,
        row_number() OVER (PARTITION BY member.group_id ORDER BY judged.exposure DESC NULLS LAST, customer.customer_key) AS place
    FROM group_member AS member
    INNER JOIN concerned ON member.group_id = concerned.group_id
    INNER JOIN customer ON member.customer_key = customer.customer_key
    LEFT JOIN current_assessment AS judged ON member.customer_key = judged.customer_key
),

groups AS (
    SELECT
        group_id,
        json_build_object(
            'group_id', group_id, 'customers', count(*), 'exposure', coalesce(sum(exposure), 0), 'limit_amount', sum(limit_amount),
            'worst_class', max(acting_class),
            'members', json_agg(
                json_build_object('customer_id', customer_id, 'risk_class', risk_class, 'exposure', exposure, 'limit_amount', limit_amount)
                ORDER BY place
            ) FILTER (WHERE place <= :most)
        ) AS content
    FROM members
    GROUP BY group_id
),

told AS (
    SELECT wanted.customer_key, relation.item_key
    FROM wanted INNER JOIN current_relation AS relation ON wanted.customer_key = relation.customer_key
    UNION
    SELECT wanted.customer_key, relation.item_key
    FROM wanted INNER JOIN current_relation AS relation ON wanted.customer_key = relation.party_key
),

relations AS (
    SELECT
        told.customer_key,
        json_agg(json_build_object(
            'kind', relation.kind, 'customer_id', about.customer_id, 'party_id', party.customer_id, 'relation', relation.item_key,
            'share_pct', relation.share_pct, 'amount', relation.amount, 'currency', relation.currency,
            'starts_on', relation.starts_on, 'ends_on', relation.ends_on
        ) ORDER BY relation.kind, about.customer_id, relation.item_key) AS content
    FROM told
    INNER JOIN current_relation AS relation ON told.item_key = relation.item_key
    INNER JOIN customer AS about ON relation.customer_key = about.customer_key
    LEFT JOIN customer AS party ON relation.party_key = party.customer_key
    GROUP BY told.customer_key
)

SELECT wanted.customer_key, groups.content AS own_group, coalesce(relations.content, CAST('[]' AS json)) AS relations
FROM wanted
LEFT JOIN group_member AS own ON wanted.customer_key = own.customer_key
LEFT JOIN groups ON own.group_id = groups.group_id
LEFT JOIN relations ON wanted.customer_key = relations.customer_key
WHERE groups.content IS NOT NULL OR relations.content IS NOT NULL;
