-- Purpose: name the listed customers of a business date. Parameters: as_of, how_many. Grain: one row per customer. Dialect: PostgreSQL.
SELECT customer.customer_id, listed.reason, listed.systems
FROM completeness_case AS listed
INNER JOIN customer ON listed.customer_key = customer.customer_key
WHERE listed.as_of = :as_of
ORDER BY listed.reason, customer.customer_id
LIMIT :how_many;
