-- Purpose: the whole pieces by which names that contain a text are found, and whether so many names contain it that they are found sooner
-- without: one in five of those on a thousandth of the table's pages, the same at each call. Parameters: wanted, alike (its pattern).
-- Grain: one row. Dialect: PostgreSQL.
SELECT
    name_grams(:wanted) AS grams,
    coalesce((
        SELECT avg(CAST(drawn.name ILIKE :alike AS integer)) FROM customer AS drawn TABLESAMPLE SYSTEM (0.1) REPEATABLE (1)
    ), 0) > 0.2 AS is_common;
