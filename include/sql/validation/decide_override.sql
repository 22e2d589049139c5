-- Purpose: grant or refuse a proposed override, bound to the findings it was proposed for; four eyes by constraint.
-- Parameters: batch_id, problems_sha256, decision, actor, at. Grain: one row. Dialect: PostgreSQL.
UPDATE batch_override
SET state = :decision, decided_by = :actor, decided_at = :at, version = version + 1
WHERE batch_id = :batch_id AND state = 'proposed' AND problems_sha256 = :problems_sha256
RETURNING batch_id, proposed_by, version;
