-- Purpose: how old the assessment is that everybody reads, how many customers it has, and how many are missing without a reason.
-- Parameters: today. Grain: at most one row. Dialect: PostgreSQL.
SELECT
    :today - assessment_head.as_of AS assessment_age_days, assessment_head.customers AS assessed_customers,
    (
        SELECT completeness_proof.unexplained FROM completeness_proof
        ORDER BY completeness_proof.as_of DESC
        LIMIT 1
    ) AS unexplained_customers
FROM assessment_head;
