-- Purpose: let the planner know what was loaded. Parameters: none. Grain: none. Dialect: PostgreSQL.
VACUUM ANALYZE;
