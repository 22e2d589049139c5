-- Purpose: read where every customer stood before a date: after its last assessment, or before it where that was on the date itself.
-- Parameters: none; the setting riskreview.as_of holds the date. Grain: one row per customer. Dialect: PostgreSQL.
SELECT
    customer_key,
    CASE WHEN as_of >= CAST(CURRENT_SETTING('riskreview.as_of') AS date) THEN prior_standing ELSE standing END AS standing,
    CASE WHEN as_of >= CAST(CURRENT_SETTING('riskreview.as_of') AS date) THEN prior_confirmed ELSE confirmed END AS confirmed
FROM current_assessment;
