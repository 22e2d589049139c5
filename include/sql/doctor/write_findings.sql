-- Purpose: keep what a check found of an invariant. Parameters: run_id, invariant, broken, subjects, at.
-- Grain: one row per invariant and run; a repeated one replaces it. Dialect: PostgreSQL.
INSERT INTO invariant_finding (run_id, invariant, broken, subjects, checked_at)
VALUES (:run_id, :invariant, :broken, :subjects, :at)
ON CONFLICT (run_id, invariant) DO UPDATE
    SET broken = excluded.broken, subjects = excluded.subjects, checked_at = excluded.checked_at;
