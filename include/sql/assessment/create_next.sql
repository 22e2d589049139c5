-- Purpose: create the table the next assessment is loaded into. Parameters: none. Grain: none. Dialect: PostgreSQL.
SELECT begin_next_assessment();
