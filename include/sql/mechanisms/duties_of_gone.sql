-- Purpose: unfinished duties anybody of some roles may take over, whose owner is no person of the team, absent today, or had it by a role and
-- has none of them now, locked; those another process holds are left to it.
-- Parameters: people, absent (arrays); holders, held (arrays of one length: who has which role). Grain: one row per duty. Dialect: PostgreSQL.
SELECT duty_id, kind, subject_type, subject_id, role, owner, due_at, facts, roles, barred, version
FROM duty
WHERE
    state IN ('open', 'exhausted') AND cardinality(roles) > 0
    AND (
        owner <> ALL(CAST(:people AS text [])) OR owner = ANY(CAST(:absent AS text []))
        OR (
            role = ANY(roles)
            AND NOT EXISTS (
                SELECT 1 FROM unnest(CAST(:holders AS text []), CAST(:held AS text [])) AS has (person, held_role)
                WHERE has.person = duty.owner AND has.held_role = ANY(duty.roles)
            )
        )
    )
ORDER BY duty_id
FOR UPDATE SKIP LOCKED;
