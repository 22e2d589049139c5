-- Purpose: the set of files in force on a day; before the first day of any, the first one.
-- Parameters: on_day. Grain: at most one row. Dialect: PostgreSQL.
SELECT set_digest FROM policy_activation
WHERE effective_from <= greatest(CAST(:on_day AS date), (SELECT min(earliest.effective_from) FROM policy_activation AS earliest))
ORDER BY effective_from DESC, activation_id DESC
LIMIT 1;
