-- Purpose: give locked duties to other people; one that was acknowledged is told of again.
-- Parameters: rows (JSON array of duty_id, owner, role), soonest (of the next rung then). Grain: one row per duty. Dialect: PostgreSQL.
UPDATE duty
SET
    owner = taken.owner, role = taken.role, version = duty.version + 1, acknowledged_at = NULL, acknowledged_by = NULL,
    next_at = CASE
        WHEN duty.acknowledged_at IS NULL OR duty.next_at IS NULL THEN duty.next_at
        ELSE least(
            duty.next_at, greatest(coalesce(CAST(duty.ladder -> CAST(duty.level AS integer) ->> 'at' AS timestamptz), duty.next_at), :soonest)
        )
    END
FROM json_to_recordset(CAST(:rows AS json)) AS taken (duty_id bigint, owner text, role text)
WHERE duty.duty_id = taken.duty_id;
