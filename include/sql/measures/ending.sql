-- Purpose: measures in force whose last day is over, locked; what constrains stays while a review of the customer is overdue.
-- Parameters: on_day. Grain: one row per measure. Dialect: PostgreSQL.
SELECT measure.measure_id
FROM measure
WHERE
    measure.state IN ('in_force', 'reversal_asked') AND measure.expires_on < :on_day
    AND (
        measure.effect <> 'constrains'
        OR NOT EXISTS (
            SELECT FROM review
            WHERE
                review.customer_key = measure.customer_key AND review.due_on < :on_day
                AND review.state NOT IN ('planned', 'approved', 'rejected', 'implementing', 'closed', 'cancelled')
        )
    )
ORDER BY measure.measure_id
FOR UPDATE OF measure;
