-- Purpose: forget new assessments that say what the current one says; the run that says it does not matter. Who took another customer
-- over that is still assessed beside it is not among them: that one's assessment goes with the change. Parameters: none.
-- Grain: one row per customer. Dialect: PostgreSQL.
DELETE FROM assessed_row
USING current_assessment AS judged
WHERE
    assessed_row.customer_key = judged.customer_key
    AND TO_JSONB(assessed_row.*) - 'run_id' = TO_JSONB(judged.*) - 'run_id'
    AND NOT EXISTS (
        SELECT 1 FROM customer INNER JOIN current_assessment AS retired ON customer.customer_key = retired.customer_key
        WHERE customer.merged_into = assessed_row.customer_key
    );
