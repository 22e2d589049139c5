-- Purpose: number the rules that are watched, for this transaction. Parameters: rules (in order).
-- Grain: one row per rule, numbered from 0. Dialect: PostgreSQL.
CREATE TEMPORARY TABLE watched_rule ON COMMIT DROP AS
SELECT CAST(numbered.place - 1 AS smallint) AS rule_number, numbered.rule_id
FROM UNNEST(CAST(:rules AS text[])) WITH ORDINALITY AS numbered (rule_id, place);
