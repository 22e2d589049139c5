-- Purpose: unfinished duties anybody of some roles may take over, whose owner is no person of the team or absent today, locked; those
-- another process holds are left to it. Parameters: people, absent (arrays). Grain: one row per duty. Dialect: PostgreSQL.
SELECT duty_id, kind, subject_type, subject_id, role, owner, due_at, facts, roles, barred, version
FROM duty
WHERE
    state IN ('open', 'exhausted') AND cardinality(roles) > 0
    AND (owner <> ALL(CAST(:people AS text [])) OR owner = ANY(CAST(:absent AS text [])))
ORDER BY duty_id
FOR UPDATE SKIP LOCKED;
