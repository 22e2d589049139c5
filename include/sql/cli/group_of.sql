-- Purpose: the group of a customer, and what all its members together owe. Parameters: customer_key. Grain: at most one row.
-- Dialect: PostgreSQL.
SELECT member.group_id, count(*) AS customers, coalesce(sum(judged.exposure), 0) AS exposure, coalesce(sum(judged.overdue), 0) AS overdue,
    max(judged.risk_class) AS worst_class
FROM group_member AS member LEFT JOIN current_assessment AS judged ON member.customer_key = judged.customer_key
WHERE member.group_id = (SELECT own.group_id FROM group_member AS own WHERE own.customer_key = :customer_key)
GROUP BY member.group_id;
