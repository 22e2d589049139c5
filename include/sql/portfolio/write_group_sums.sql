-- Purpose: add the losses up by group of customers. Parameters: as_of. Grain: one row per group. Dialect: PostgreSQL.
INSERT INTO portfolio_group (as_of, grouping_name, member, customers, exposure, overdue, expected_loss, provision, average_overdue, sales)
SELECT :as_of, 'group', cast(member.group_id AS text), count(*), sum(loss.exposure), sum(loss.overdue), sum(loss.expected_loss),
    sum(loss.provision), sum(loss.average_overdue), sum(loss.sales)
FROM customer_loss AS loss INNER JOIN group_member AS member ON loss.customer_key = member.customer_key
GROUP BY member.group_id;
