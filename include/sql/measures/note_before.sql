-- Purpose: keep how customers stood when measures took effect. Parameters: measure_ids (array), on_day. Grain: one row per
-- measure. Dialect: PostgreSQL.
UPDATE measure
SET before_exposure = a.exposure, before_overdue = a.overdue,
    before_class = read_class(a.risk_class, a.valid_until, CAST(:on_day AS date)), before_index = a.index_points
FROM current_assessment AS a
WHERE measure.customer_key = a.customer_key AND measure.measure_id = ANY(CAST(:measure_ids AS bigint []));
