-- Purpose: keep what became of a customer; what was measured before stays. Parameters: the columns, at. Grain: one row per measure and
-- number of days. Dialect: PostgreSQL.
INSERT INTO measure_effect (
    measure_id, after_days, measured_on, exposure, overdue, risk_class, index_points, peers, peer_exposure_pct, peer_overdue_pct,
    peer_class_steps, measured_at
)
VALUES (
    :measure_id, :after_days, :measured_on, :exposure, :overdue, :risk_class, :index_points, :peers, :peer_exposure_pct,
    :peer_overdue_pct, :peer_class_steps, :at
)
ON CONFLICT (measure_id, after_days) DO NOTHING;
