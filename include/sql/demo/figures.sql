-- Purpose: how much of each kind of thing a run has left in the database
-- Parameters: none
-- Grain: one row
-- Dialect: postgres
SELECT
    (
        SELECT count(*) FROM customer AS c
        WHERE c.merged_into IS NULL
    ) AS customers,
    (SELECT count(*) FROM current_assessment AS ca) AS scored,
    (
        SELECT count(*) FROM signal AS s
        WHERE s.state NOT IN ('dismissed', 'cleared')
    ) AS signals_open,
    (SELECT count(*) FROM review AS r) AS reviews_opened,
    (
        SELECT count(*) FROM activation AS v
        WHERE NOT v.is_drill
    ) AS playbooks_activated
