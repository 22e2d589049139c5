-- Purpose: rhythms whose last day is over. Parameters: as_of. Grain: one row per rhythm. Dialect: PostgreSQL.
SELECT cadence_id FROM review_cadence
WHERE state = 'active' AND valid_until < :as_of
ORDER BY cadence_id;
