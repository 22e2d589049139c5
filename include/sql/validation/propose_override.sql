-- Purpose: propose to accept a held batch. Parameters: batch_id, problems, problems_sha256, reason, actor, at.
-- Grain: one row per batch with its version; an open proposal for the same findings, or a granted one, stays. Dialect: PostgreSQL.
INSERT INTO batch_override (batch_id, problems, problems_sha256, reason, proposed_by, proposed_at)
VALUES (:batch_id, :problems, :problems_sha256, :reason, :actor, :at)
ON CONFLICT (batch_id) DO UPDATE SET
    problems = excluded.problems, problems_sha256 = excluded.problems_sha256, reason = excluded.reason, state = 'proposed',
    proposed_by = excluded.proposed_by, proposed_at = excluded.proposed_at, decided_by = NULL, decided_at = NULL,
    version = batch_override.version + 1
WHERE
    batch_override.state = 'refused'
    OR (batch_override.state = 'proposed' AND batch_override.problems_sha256 <> excluded.problems_sha256)
RETURNING version;
