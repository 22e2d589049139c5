-- Purpose: tell whether no name was spelled yet. Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT NOT EXISTS (SELECT 1 FROM customer_spelling) AS is_nothing_spelled;
