-- Purpose: what a group owed at the latest summaries, the newest first. Parameters: group_id, how_many. Grain: one row per business date.
-- Dialect: PostgreSQL.
SELECT summed.as_of, summed.customers, summed.exposure, summed.overdue, summed.expected_loss, summed.in_part
FROM portfolio_group AS summed
WHERE summed.grouping_name = 'group' AND summed.member = CAST(CAST(:group_id AS bigint) AS text)
ORDER BY summed.as_of DESC
LIMIT :how_many;
