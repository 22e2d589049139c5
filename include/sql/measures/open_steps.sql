-- Purpose: lay out the steps of approvals. Parameters: rows (JSON array). Grain: one row per step. Dialect: PostgreSQL.
INSERT INTO measure_approval (measure_id, step, roles, asked, duty_kind, state, digest)
SELECT
    new.measure_id, new.step, array(SELECT jsonb_array_elements_text(new.roles)) AS roles, new.asked, new.duty_kind,
    CASE WHEN new.step = 1 THEN 'open' ELSE 'waiting' END AS state, new.digest
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new (
    measure_id bigint, step smallint, roles jsonb, asked text, duty_kind text, digest text
)
ORDER BY new.measure_id, new.step
ON CONFLICT (measure_id, step) DO NOTHING;
