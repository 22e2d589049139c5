-- Purpose: make the loaded assessment the current one. Parameters: none. Grain: none. Dialect: PostgreSQL.
ALTER TABLE current_assessment_next RENAME TO current_assessment;
