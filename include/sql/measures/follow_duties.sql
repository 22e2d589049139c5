-- Purpose: name whoever has the duty to carry a measure out now as the one who does. Parameters: none. Grain: one row per measure.
-- Dialect: PostgreSQL.
UPDATE measure SET implementer = duty.owner
FROM duty
WHERE
    duty.state IN ('open', 'exhausted') AND measure.state = 'approved' AND measure.implementer <> duty.owner
    AND (
        (duty.kind = 'measure_implementation' AND duty.subject_type = 'measure' AND duty.subject_id = CAST(measure.measure_id AS text))
        OR (
            duty.kind LIKE 'review\_implementation\_%' AND duty.subject_type = 'review'
            AND duty.subject_id = CAST(measure.review_id AS text)
        )
    );
