-- Purpose: name whoever has the duty to decide a step of an approval now as the one who was asked. Parameters: none.
-- Grain: one row per step. Dialect: PostgreSQL.
UPDATE measure_approval AS decision SET asked = duty.owner
FROM duty
WHERE
    decision.state = 'open' AND decision.asked <> duty.owner AND duty.kind = decision.duty_kind AND duty.subject_type = 'measure'
    AND duty.subject_id = CAST(decision.measure_id AS text) AND duty.state IN ('open', 'exhausted');
