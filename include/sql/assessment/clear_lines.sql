-- Purpose: forget the lines of the assessment that is replaced. Parameters: none. Grain: none. Dialect: PostgreSQL.
DELETE FROM assessed_line;
