-- Purpose: add the losses up by group of customers. Parameters: as_of, rate_missing (bit of that flag). Grain: one row per group.
-- Dialect: PostgreSQL.
INSERT INTO portfolio_group (as_of, grouping_name, member, customers, exposure, overdue, expected_loss, provision, average_overdue, sales, in_part)
SELECT :as_of, 'group', cast(member.group_id AS text), count(*), sum(loss.exposure), sum(loss.overdue), sum(loss.expected_loss),
    sum(loss.provision), sum(loss.average_overdue), sum(loss.sales),
    count(*) FILTER (WHERE (judged.flags & :rate_missing) <> 0)
FROM customer_loss AS loss
INNER JOIN group_member AS member ON loss.customer_key = member.customer_key
INNER JOIN current_assessment AS judged ON loss.customer_key = judged.customer_key
GROUP BY member.group_id;
