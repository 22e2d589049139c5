-- Purpose: read the groups of customers with the largest exposure. Parameters: as_of, how_many. Grain: one row per group.
-- Dialect: PostgreSQL.
SELECT member, customers, exposure, overdue, expected_loss, provision, average_overdue, sales, in_part
FROM portfolio_group WHERE as_of = :as_of AND grouping_name = 'group'
ORDER BY exposure DESC, member LIMIT :how_many;
