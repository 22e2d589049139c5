-- Purpose: forget new assessments that say what the current one says; the run that says it does not matter. Parameters: none.
-- Grain: one row per customer. Dialect: PostgreSQL.
DELETE FROM assessed_row
USING current_assessment AS judged
WHERE
    assessed_row.customer_key = judged.customer_key
    AND TO_JSONB(assessed_row.*) - 'run_id' = TO_JSONB(judged.*) - 'run_id';
