-- Purpose: keep how customers stood when measures took effect. Parameters: measure_ids (array). Grain: one row per measure.
-- Dialect: PostgreSQL.
UPDATE measure
SET before_exposure = a.exposure, before_overdue = a.overdue, before_class = a.risk_class, before_index = a.index_points
FROM current_assessment AS a
WHERE measure.customer_key = a.customer_key AND measure.measure_id = ANY(CAST(:measure_ids AS bigint []));
