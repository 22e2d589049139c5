-- Purpose: fill the landing table from a stream in text format. Parameters: none. Grain: one row per review. Dialect: PostgreSQL.
COPY review_landing FROM STDIN;
