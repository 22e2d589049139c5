-- Purpose: what the current relations follow from. Parameters: none. Grain: at most one row. Dialect: PostgreSQL.
SELECT state FROM relation_state;
