-- Purpose: the members of a group as they are judged now, the largest exposure first. Parameters: group_id, on_day,
-- rate_missing (bit of that flag). Grain: one row per member. Dialect: PostgreSQL.
SELECT
    customer.customer_key, customer.customer_id, customer.name, customer.owner_user,
    read_class(judged.risk_class, judged.valid_until, CAST(:on_day AS date)) AS risk_class,
    acting_class(judged.risk_class, judged.valid_until, CAST(:on_day AS date)) AS acting_class,
    judged.exposure, judged.overdue, judged.limit_amount,
    100 * judged.exposure / nullif(sum(judged.exposure) OVER (), 0) AS share_pct,
    coalesce((judged.flags & :rate_missing) <> 0, FALSE) AS in_part
FROM group_member AS member
INNER JOIN customer ON member.customer_key = customer.customer_key
LEFT JOIN current_assessment AS judged ON member.customer_key = judged.customer_key
WHERE member.group_id = :group_id
ORDER BY judged.exposure DESC NULLS LAST, customer.customer_key;
