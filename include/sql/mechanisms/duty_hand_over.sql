-- Purpose: give the unfinished duties of one person for some subjects to another, but for those that go to whoever has a role; one that
-- was acknowledged is told of again.
-- Parameters: subject_type, subject_ids (array), old, owner, deputy, soonest (of the next rung then). Grain: one row per duty.
-- Dialect: PostgreSQL.
UPDATE duty
SET
    owner = :owner, deputy = :deputy, version = version + 1, acknowledged_at = NULL, acknowledged_by = NULL,
    next_at = CASE
        WHEN acknowledged_at IS NULL OR next_at IS NULL THEN next_at
        ELSE least(next_at, greatest(coalesce(CAST(ladder -> CAST(level AS integer) ->> 'at' AS timestamptz), next_at), :soonest))
    END
WHERE subject_type = :subject_type AND subject_id = ANY(:subject_ids) AND owner = :old AND cardinality(roles) = 0
    AND state IN ('open', 'exhausted');
