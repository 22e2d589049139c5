-- Purpose: the rules that led a customer, or one it took over, into default. Parameters: customer_key, default_class.
-- Grain: one row per code. Dialect: PostgreSQL.
SELECT DISTINCT change.rule_code FROM class_change AS change
INNER JOIN customer ON change.customer_key = customer.customer_key
WHERE (customer.customer_key = :customer_key OR customer.merged_into = :customer_key) AND change.new_class = :default_class;
