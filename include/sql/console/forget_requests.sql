-- Purpose: forget what was counted in minutes that are over. Parameters: none. Grain: one row per subject and minute. Dialect: PostgreSQL.
DELETE FROM console_rate WHERE minute < now() - INTERVAL '5 minutes';
