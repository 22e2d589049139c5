-- Purpose: who a customer is and how it is judged now. Parameters: customer_key, on_day. Grain: at most one row. Dialect: PostgreSQL.
SELECT
    customer.customer_key, customer.customer_id, customer.name, customer.tax_id, customer.country, customer.industry_code,
    customer.group_id, customer.owner_user, customer.status, customer.segment, customer.payment_terms_days, customer.currency,
    customer.onboarded_on, customer.kyc_review_due_on, customer.merged_into, judged.as_of,
    read_class(judged.risk_class, judged.valid_until, CAST(:on_day AS date)) AS risk_class, judged.risk_class AS last_class,
    judged.class_since, judged.valid_until, judged.index_points, judged.exposure, judged.overdue, judged.limit_amount, judged.unapplied,
    customer_loss.expected_loss, customer_loss.provision
FROM customer
LEFT JOIN current_assessment AS judged ON customer.customer_key = judged.customer_key
LEFT JOIN customer_loss ON customer.customer_key = customer_loss.customer_key
WHERE customer.customer_key = :customer_key;
