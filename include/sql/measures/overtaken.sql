-- Purpose: open measures of customers that another one took over, locked; taken says whether the field is in use there already.
-- Parameters: none. Grain: one row per measure. Dialect: PostgreSQL.
SELECT
    measure.measure_id,
    measure.state,
    measure.effect,
    measure.field,
    customer.merged_into,
    EXISTS (
        SELECT FROM measure AS other
        WHERE
            other.customer_key = customer.merged_into AND other.field = measure.field
            AND (other.state IN ('in_force', 'reversal_asked')) = (measure.state IN ('in_force', 'reversal_asked'))
            AND other.state IN ('proposed', 'approved', 'implemented', 'in_force', 'reversal_asked')
    ) AS taken
FROM measure
INNER JOIN customer ON measure.customer_key = customer.customer_key
WHERE
    customer.merged_into IS NOT NULL
    AND measure.state IN ('proposed', 'approved', 'implemented', 'in_force', 'reversal_asked')
ORDER BY measure.measure_id
FOR UPDATE OF measure;
