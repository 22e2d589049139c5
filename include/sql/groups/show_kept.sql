-- Purpose: let the statements of this transaction read the current relations as the ones found. Parameters: none.
-- Grain: one row per relation. Dialect: PostgreSQL.
CREATE TEMP VIEW found_relation AS SELECT * FROM current_relation;
