-- Purpose: the member by which people know each group: the one with the largest exposure. Parameters: group_ids, owner_users (null: all).
-- Grain: one row per group. Dialect: PostgreSQL.
SELECT DISTINCT ON (member.group_id) member.group_id, coalesce(customer.name, customer.customer_id) AS name
FROM group_member AS member
INNER JOIN customer ON member.customer_key = customer.customer_key
LEFT JOIN current_assessment AS judged ON member.customer_key = judged.customer_key
WHERE
    member.group_id = any(CAST(:group_ids AS bigint []))
    AND (CAST(:owner_users AS text []) IS NULL OR customer.owner_user = any(CAST(:owner_users AS text [])))
ORDER BY member.group_id, judged.exposure DESC NULLS LAST, customer.customer_key;
