-- Purpose: leave out of the assessment being loaded the customers whose assessment stays, and whom they took over.
-- Parameters: but_for. Grain: one row per customer. Dialect: PostgreSQL.
DELETE FROM current_assessment_next AS next
USING customer
WHERE
    next.customer_key = customer.customer_key
    AND (customer.customer_key = ANY(CAST(:but_for AS bigint[])) OR customer.merged_into = ANY(CAST(:but_for AS bigint[])));
