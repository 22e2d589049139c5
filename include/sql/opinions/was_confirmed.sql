-- Purpose: tell whether a match of a customer, or of one it took over, with a sanctions list was ever confirmed.
-- Parameters: customer_key. Grain: one row. Dialect: PostgreSQL.
SELECT EXISTS (
    SELECT 1 FROM screening_match AS found INNER JOIN customer ON found.customer_key = customer.customer_key
    WHERE (customer.customer_key = :customer_key OR customer.merged_into = :customer_key) AND found.confirmed_on IS NOT NULL
) AS was_confirmed;
