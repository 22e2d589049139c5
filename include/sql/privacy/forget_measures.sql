-- Purpose: forget what was said about a customer's measures.
-- Parameters: customer_keys, said, at. Grain: one row per row forgotten. Dialect: PostgreSQL.
UPDATE measure SET
    reason = :said || left(measure.reason, 0), although = :said || left(measure.although, 0),
    decision_reason = :said || left(measure.decision_reason, 0), evidence = :said || left(measure.evidence, 0),
    reversal_reason = :said || left(measure.reversal_reason, 0), end_reason = :said || left(measure.end_reason, 0),
    undo_evidence = :said || left(measure.undo_evidence, 0), forgotten_at = :at
WHERE measure.customer_key = any(cast(:customer_keys AS bigint [])) AND measure.forgotten_at IS NULL;
