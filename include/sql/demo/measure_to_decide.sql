-- Purpose: the first measure of a plan that waits for somebody, unless one was granted already
-- Parameters: none
-- Grain: at most one row
-- Dialect: postgres
SELECT measure.measure_id, measure.version, measure.digest, step.asked
FROM measure
INNER JOIN measure_approval AS step ON measure.measure_id = step.measure_id AND step.state = 'open'
WHERE
    measure.origin = 'playbook'
    AND NOT EXISTS (SELECT FROM measure AS done WHERE done.origin = 'playbook' AND done.approved_by IS NOT NULL)
ORDER BY measure.measure_id
LIMIT 1;
