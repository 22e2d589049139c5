-- Purpose: record one row of the portfolio's figures. Parameters: the columns. Grain: one row per date, months, old and new class. Dialect: PostgreSQL.
INSERT INTO portfolio_migration (as_of, months, compared_with, old_class, new_class, customers, exposure)
VALUES (:as_of, :months, :compared_with, :old_class, :new_class, :customers, :exposure);
