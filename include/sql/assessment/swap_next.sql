-- Purpose: make the loaded assessment the current one, with the view of it and the rights in both. Parameters: none. Grain: none.
-- Dialect: PostgreSQL.
SELECT swap_next_assessment();
