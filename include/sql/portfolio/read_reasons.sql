-- Purpose: count the listed customers by reason and late systems. Parameters: as_of. Grain: one row per reason and systems.
-- Dialect: PostgreSQL.
SELECT reason, systems, count(*) AS customers
FROM completeness_case WHERE as_of = :as_of GROUP BY reason, systems ORDER BY count(*) DESC, reason, systems;
