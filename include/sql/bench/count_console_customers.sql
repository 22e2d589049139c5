-- Purpose: how many customers there are. Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT count(*) FROM customer;
