-- Purpose: mean of the newest rating of each rater, and how many raters there are, for E1. Parameters: as_of, e1_since (first day
-- too old). Grain: one row per rated customer. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT customer_key, avg(rating) AS rating, count(*) AS raters
FROM (
    SELECT customer_key, rater, arg_max(rating, (rated_on, as_of, known_at)) AS rating
    FROM assessor_ratings
    WHERE subject = 'management_quality' AND rated_on <= $as_of AND rated_on > $e1_since
    GROUP BY customer_key, rater
)
GROUP BY customer_key
