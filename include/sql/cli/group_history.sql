-- Purpose: what a group owed at the latest summaries. Parameters: group_id, how_many. Grain: one row per business date.
-- Dialect: PostgreSQL.
SELECT as_of, customers, exposure, overdue, expected_loss, in_part FROM portfolio_group
WHERE grouping_name = 'group' AND member = CAST(CAST(:group_id AS bigint) AS text)
ORDER BY as_of DESC LIMIT :how_many;
