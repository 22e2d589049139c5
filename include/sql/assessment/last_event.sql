-- Purpose: the number of the last event of the log. Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT seq FROM audit_head WHERE only_row;
