-- Purpose: read class, exposure and the model's probability (NaN = none) of everybody in the current assessment; what is out of date is
-- shown as unknown and counts no milder than it was. Parameters: as_of, rate_missing (bit of that flag). Grain: one row per customer. Dialect: PostgreSQL.
SELECT
    customer_key, read_class(risk_class, valid_until, CAST(:as_of AS date)) AS risk_class,
    acting_class(risk_class, valid_until, CAST(:as_of AS date)) AS acting_class, exposure,
    coalesce(CAST(model_pd AS float8), 'NaN') AS probability,
    (flags & :rate_missing) <> 0 AS in_part
FROM current_assessment ORDER BY customer_key;
