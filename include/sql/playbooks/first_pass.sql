-- Purpose: the earliest day playbooks were activated for. Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT min(run.as_of) AS first_day FROM run
WHERE run.stage = 'activate_playbooks';
