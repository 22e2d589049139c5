-- Purpose: remove the assessment that is replaced. Parameters: none. Grain: none. Dialect: PostgreSQL.
DROP TABLE current_assessment;
