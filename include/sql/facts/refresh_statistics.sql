-- Purpose: let the planner know the accounts and customers that were just written, when the tables have grown much since it last looked.
-- Parameters: none. Grain: none. Dialect: PostgreSQL.
SELECT refresh_register_statistics();
