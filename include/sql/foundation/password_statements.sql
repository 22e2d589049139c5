-- Purpose: list the statements that give roles their passwords. Parameters: names (of roles) and secrets (their passwords as the server
-- keeps them, encrypted), arrays of equal length. Grain: one row per role. Dialect: PostgreSQL.
SELECT format('ALTER ROLE %I PASSWORD %L', given.name, given.secret) AS statement
FROM unnest(CAST(:names AS text []), CAST(:secrets AS text [])) AS given (name, secret)
ORDER BY given.name;
