-- Purpose: make room for the next list. Parameters: none. Grain: none. Dialect: PostgreSQL.
DROP TABLE listed_finding;
