-- Purpose: people, customer and dates of measures, for messages and duties. Parameters: measure_ids (array). Grain: one row per measure.
-- Dialect: PostgreSQL.
SELECT
    measure.measure_id,
    measure.kind,
    measure.effect,
    measure.state,
    measure.version,
    measure.owner,
    measure.implementer,
    measure.implemented_by,
    measure.proposed_by,
    measure.risk_class,
    measure.starts_on,
    measure.expires_on,
    measure.origin,
    customer.customer_id
FROM measure
INNER JOIN customer ON measure.customer_key = customer.customer_key
WHERE measure.measure_id = ANY(CAST(:measure_ids AS bigint []))
ORDER BY measure.measure_id;
