-- Purpose: measures in force that end soon and whose owner was not asked yet. Parameters: on_day, until.
-- Grain: one row per measure. Dialect: PostgreSQL.
SELECT measure.measure_id
FROM measure
WHERE
    measure.state IN ('in_force', 'reversal_asked') AND measure.expires_on BETWEEN :on_day AND :until
    AND NOT EXISTS (
        SELECT FROM duty
        WHERE duty.kind = 'measure_renewal' AND duty.subject_type = 'measure' AND duty.subject_id = CAST(measure.measure_id AS text)
    )
    AND NOT EXISTS (
        SELECT FROM measure AS next
        WHERE next.renews = measure.measure_id AND next.state IN ('proposed', 'approved', 'implemented')
    )
ORDER BY measure.measure_id;
