-- Purpose: free the current assessment from its view, before the swap. Parameters: none. Grain: none. Dialect: PostgreSQL.
DROP VIEW current_breach;
