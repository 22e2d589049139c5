-- Purpose: the whole pieces by which names that contain a text are found. Parameters: wanted. Grain: one row. Dialect: PostgreSQL.
SELECT name_grams(:wanted) AS grams;
