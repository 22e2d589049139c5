-- Purpose: read which sets of overrides of lines fit somebody. Parameters: none. Grain: one row per set. Dialect: PostgreSQL.
SELECT DISTINCT line_set FROM current_assessment;
