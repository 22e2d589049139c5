-- Purpose: the group of a customer, and what all its members together owe. Parameters: customer_key, on_day,
-- rate_missing (bit of the flag that some of what a member owes has no rate).
-- Grain: at most one row. Dialect: PostgreSQL.
SELECT
    member.group_id, count(*) AS customers, coalesce(sum(judged.exposure), 0) AS exposure, coalesce(sum(judged.overdue), 0) AS overdue,
    max(acting_class(judged.risk_class, judged.valid_until, CAST(:on_day AS date))) AS worst_class,
    count(*) FILTER (WHERE (judged.flags & :rate_missing) <> 0) AS in_part
FROM group_member AS own
INNER JOIN group_member AS member ON own.group_id = member.group_id
LEFT JOIN current_assessment AS judged ON member.customer_key = judged.customer_key
WHERE own.customer_key = :customer_key
GROUP BY member.group_id;
