-- Purpose: who a customer is, without people and contact data. Parameters: customer_key. Grain: at most one row. Dialect: PostgreSQL.
SELECT customer_key, customer_id, name, country, industry_code, status, segment, merged_into FROM customer WHERE customer_key = :customer_key;
