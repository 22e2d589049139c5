-- Purpose: keep what commitments of new events stand for, outside the log. Parameters: arrays seq, field, salt, value.
-- Grain: one row per commitment. Dialect: PostgreSQL.
INSERT INTO audit_opening (seq, field, salt, value)
SELECT new.seq, new.field, new.salt, new.value
FROM unnest(
    cast(:seq AS bigint []), cast(:field AS text []), cast(:salt AS bytea []), cast(:value AS text [])
) AS new (seq, field, salt, value);
