-- Purpose: what one measure rests on and what became of its customer. Parameters: measure_id. Grain: at most one row. Dialect: PostgreSQL.
SELECT
    measure.basis,
    measure.before_exposure,
    measure.before_overdue,
    measure.before_class,
    measure.undo_evidence,
    measure.policy_version,
    measure.policy_digest,
    coalesce((
        SELECT jsonb_agg(to_jsonb(approval) ORDER BY approval.step)
        FROM measure_approval AS approval
        WHERE approval.measure_id = measure.measure_id
    ), CAST('[]' AS jsonb)) AS steps,
    coalesce((
        SELECT jsonb_agg(to_jsonb(found) - 'measure_id' ORDER BY found.after_days)
        FROM measure_effect AS found
        WHERE found.measure_id = measure.measure_id
    ), CAST('[]' AS jsonb)) AS effects
FROM measure
WHERE measure.measure_id = :measure_id;
