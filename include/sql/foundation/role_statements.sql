-- Purpose: list the statements that create the roles of the program, let some of them act for others, and give each session of theirs its
-- settings, which therefore also hold behind a pooler that gives every transaction another session.
-- Parameters: names (of roles), members and groups (arrays of equal length), setting_names and setting_values (likewise).
-- Grain: one row per statement that changes something, in order. Dialect: PostgreSQL.
SELECT wanted.statement
FROM (
    SELECT 1 AS part, format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', given.name) AS statement
    FROM unnest(CAST(:names AS text [])) AS given (name)
    WHERE NOT EXISTS (SELECT 1 FROM pg_roles AS known WHERE known.rolname = given.name)
    UNION ALL
    SELECT 2 AS part, format('GRANT %I TO %I', given.group_name, given.member) AS statement
    FROM unnest(CAST(:members AS text []), CAST(:groups AS text [])) AS given (member, group_name)
    WHERE NOT EXISTS (
        SELECT 1
        FROM pg_auth_members AS known
        INNER JOIN pg_roles AS member ON known.member = member.oid
        INNER JOIN pg_roles AS grouped ON known.roleid = grouped.oid
        WHERE member.rolname = given.member AND grouped.rolname = given.group_name
    )
    UNION ALL
    SELECT 3 AS part, format('ALTER ROLE %I SET %I = %L', role.name, given.setting, given.value) AS statement
    FROM unnest(CAST(:names AS text [])) AS role (name),
        unnest(CAST(:setting_names AS text []), CAST(:setting_values AS text [])) AS given (setting, value)
    WHERE NOT EXISTS (
        SELECT 1 FROM pg_roles AS known
        WHERE known.rolname = role.name AND format('%s=%s', given.setting, given.value) = any(known.rolconfig)
    )
) AS wanted
ORDER BY wanted.part, wanted.statement;
