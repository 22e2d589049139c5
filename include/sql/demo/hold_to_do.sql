-- Purpose: the first step whose measure may be carried out, of a customer that a CRM knows if there is one, unless one was already
-- Parameters: none
-- Grain: at most one row
-- Dialect: postgres
SELECT step.activation_id, step.step_id, step.version, step.owner
FROM measure
INNER JOIN step ON measure.step_key = step.step_key
WHERE
    measure.state = 'approved' AND measure.pre_approved AND step.depends_on = '{}'
    AND NOT EXISTS (SELECT FROM measure AS done WHERE done.pre_approved AND done.implemented_by IS NOT NULL)
ORDER BY
    EXISTS (
        SELECT FROM account
        WHERE account.customer_key = measure.customer_key AND account.system IN ('fxiaoke', 'zoho')
    ) DESC,
    measure.measure_id
LIMIT 1;
