-- Purpose: how customers changed after measures, by kind and days, and how untreated customers of their class changed in the same time.
-- Parameters: least_peers. Grain: one row per kind and number of days. Dialect: PostgreSQL.
-- Changes in per cent are of the sums, so that a large customer counts as one; class steps: positive is worse, and a class nobody knows is no step.
WITH changed AS (
    SELECT
        measure.kind, found.after_days, measure.before_exposure, measure.before_overdue, found.exposure, found.overdue,
        CASE WHEN least(found.risk_class, measure.before_class) > 0 THEN found.risk_class - measure.before_class END AS class_steps,
        found.peers >= :least_peers AS is_compared,
        found.peer_exposure_pct, found.peer_overdue_pct, found.peer_class_steps
    FROM measure_effect AS found
    INNER JOIN measure ON found.measure_id = measure.measure_id
)

SELECT
    kind,
    after_days,
    count(*) AS measures,
    round(CAST(100 * (sum(exposure) / nullif(sum(before_exposure), 0) - 1) AS numeric), 1) AS exposure_pct,
    round(CAST(100 * (sum(overdue) / nullif(sum(before_overdue), 0) - 1) AS numeric), 1) AS overdue_pct,
    round(avg(class_steps), 2) AS class_steps,
    count(*) FILTER (WHERE is_compared) AS compared,
    round(CAST(avg(peer_exposure_pct) FILTER (WHERE is_compared) AS numeric), 1) AS peer_exposure_pct,
    round(CAST(avg(peer_overdue_pct) FILTER (WHERE is_compared) AS numeric), 1) AS peer_overdue_pct,
    round(CAST(avg(peer_class_steps) FILTER (WHERE is_compared) AS numeric), 2) AS peer_class_steps
FROM changed
GROUP BY kind, after_days
ORDER BY kind, after_days;
