-- Purpose: measures that were carried out and whose first day has come, locked; relief waits while something alarming or an overdue
-- review stands beside it. Parameters: measure_ids (array or NULL for all), on_day. Grain: one row per measure. Dialect: PostgreSQL.
SELECT measure.measure_id, measure.customer_key, measure.field, measure.effect, measure.kind, measure.version
FROM measure
WHERE
    measure.state = 'implemented' AND measure.starts_on <= :on_day AND measure.expires_on >= :on_day
    AND (CAST(:measure_ids AS bigint []) IS NULL OR measure.measure_id = ANY(CAST(:measure_ids AS bigint [])))
    AND (
        measure.effect <> 'relaxes'
        OR (
            NOT EXISTS (
                SELECT FROM review
                WHERE
                    review.customer_key = measure.customer_key AND review.due_on < :on_day
                    AND review.state NOT IN ('planned', 'approved', 'rejected', 'implementing', 'closed', 'cancelled')
            )
            AND NOT EXISTS (
                SELECT FROM signal
                WHERE
                    signal.customer_key = measure.customer_key AND signal.severity IN ('alarm', 'emergency')
                    AND signal.state IN ('triggered', 'under_review', 'escalated', 'confirmed')
            )
            AND NOT EXISTS (
                SELECT FROM activation
                WHERE
                    activation.customer_key = measure.customer_key AND NOT activation.is_drill
                    AND activation.state NOT IN ('closed', 'stood_down')
            )
        )
    )
ORDER BY measure.measure_id
FOR UPDATE OF measure;
