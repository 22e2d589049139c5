-- Purpose: read the figures by one grouping, the largest expected loss first. Parameters: as_of, grouping_name. Grain: one row per member.
-- Dialect: PostgreSQL.
SELECT member, customers, exposure, overdue, expected_loss, provision, average_overdue, sales, in_part
FROM portfolio_group WHERE as_of = :as_of AND grouping_name = :grouping_name ORDER BY expected_loss DESC, member;
