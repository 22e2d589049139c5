-- Purpose: create the table the next assessment is loaded into. Parameters: none. Grain: none. Dialect: PostgreSQL.
CREATE TABLE current_assessment_next (LIKE current_assessment INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
