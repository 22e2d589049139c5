-- Purpose: effects to be measured: measures that took effect so many days ago, with how their customers stand now.
-- Parameters: after_days (array), on_day. Grain: one row per measure and number of days. Dialect: PostgreSQL.
SELECT
    measure.measure_id,
    measure.customer_key,
    measure.in_force_on,
    measure.before_class,
    span.after_days,
    a.as_of AS measured_on,
    a.exposure,
    a.overdue,
    a.risk_class,
    a.index_points
FROM measure
CROSS JOIN unnest(CAST(:after_days AS integer [])) AS span (after_days)
INNER JOIN current_assessment AS a ON measure.customer_key = a.customer_key
WHERE
    measure.in_force_on IS NOT NULL AND measure.before_exposure IS NOT NULL
    AND measure.in_force_on + span.after_days <= :on_day AND a.as_of >= measure.in_force_on + span.after_days
    AND NOT EXISTS (
        SELECT FROM measure_effect AS known
        WHERE known.measure_id = measure.measure_id AND known.after_days = span.after_days
    )
ORDER BY measure.measure_id, span.after_days;
