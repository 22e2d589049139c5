-- Purpose: what is known of customers when measures are judged, with what is alarming about them.
-- Parameters: customer_keys (array), on_day. Grain: one row per assessed customer. Dialect: PostgreSQL.
WITH wanted AS (
    SELECT customer_key FROM unnest(CAST(:customer_keys AS bigint [])) AS w (customer_key)
),

alarm AS (
    SELECT DISTINCT ON (signal.customer_key)
        signal.customer_key, 'signal ' || signal.signal_id || ' (' || signal.rule_id || ', ' || signal.severity || ') is open' AS words
    FROM signal
    INNER JOIN wanted ON signal.customer_key = wanted.customer_key
    WHERE signal.severity IN ('alarm', 'emergency') AND signal.state IN ('triggered', 'under_review', 'escalated', 'confirmed')
    ORDER BY signal.customer_key ASC, signal.severity DESC, signal.signal_id ASC
),

plan AS (
    SELECT DISTINCT ON (activation.customer_key)
        activation.customer_key, activation.playbook_id || ' (activation ' || activation.activation_id || ') is open' AS words
    FROM activation
    INNER JOIN wanted ON activation.customer_key = wanted.customer_key
    WHERE NOT activation.is_drill AND activation.state NOT IN ('closed', 'stood_down')
    ORDER BY activation.customer_key, activation.activation_id
)

SELECT
    a.customer_key,
    c.customer_id,
    acting_class(a.risk_class, a.valid_until, CAST(:on_day AS date)) AS risk_class,
    a.exposure,
    a.overdue,
    a.limit_amount,
    c.payment_terms_days,
    a.p3 AS average_late,
    a.payment_points,
    a.financial_points,
    a.transaction_points,
    a.industry_points,
    a.compliance_points,
    a.relationship_points,
    loss.sales AS yearly_sales,
    loss.expected_loss,
    coalesce(plan.words, alarm.words) AS danger,
    a.index_points,
    a.valid_until >= :on_day AS is_current,
    loss.probability
FROM wanted
INNER JOIN current_assessment AS a ON wanted.customer_key = a.customer_key
INNER JOIN customer AS c ON wanted.customer_key = c.customer_key
LEFT JOIN customer_loss AS loss ON wanted.customer_key = loss.customer_key
LEFT JOIN alarm ON wanted.customer_key = alarm.customer_key
LEFT JOIN plan ON wanted.customer_key = plan.customer_key
ORDER BY a.customer_key;
