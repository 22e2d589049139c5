-- Purpose: remove the summary of a business date with all its parts before a newer one replaces it. Parameters: as_of. Grain: one row.
-- Dialect: PostgreSQL.
DELETE FROM portfolio_summary WHERE as_of = :as_of;
