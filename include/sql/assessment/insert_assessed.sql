-- Purpose: make the new assessments of some customers current. Parameters: none. Grain: one row per customer. Dialect: PostgreSQL.
INSERT INTO current_assessment
SELECT * FROM assessed_row;
