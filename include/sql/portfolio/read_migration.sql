-- Purpose: read one part of the portfolio's figures. Parameters: as_of. Grain: one row per months, old and new class. Dialect: PostgreSQL.
SELECT months, compared_with, old_class, new_class, customers, exposure
FROM portfolio_migration WHERE as_of = :as_of ORDER BY months, old_class, new_class;
