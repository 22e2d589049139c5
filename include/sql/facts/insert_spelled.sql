-- Purpose: keep how names are spelled. Parameters: keys, names, spelled, initials, pieces (parted by spaces), arrays side by side.
-- Grain: one row per customer. Dialect: PostgreSQL.
INSERT INTO customer_spelling (customer_key, name, spelled, initials, pieces)
SELECT given.customer_key, given.name, given.spelled, given.initials, string_to_array(given.pieces, ' ')
FROM unnest(
    CAST(:keys AS bigint []), CAST(:names AS text []), CAST(:spelled AS text []), CAST(:initials AS text []), CAST(:pieces AS text [])
) AS given (customer_key, name, spelled, initials, pieces)
ON CONFLICT (customer_key) DO UPDATE SET
    name = EXCLUDED.name, spelled = EXCLUDED.spelled, initials = EXCLUDED.initials, pieces = EXCLUDED.pieces;
