-- Purpose: add the losses up by class (as it is shown on the date), industry, owner, country and segment. Parameters: as_of, rate_missing
-- (bit of that flag). Grain: one row per grouping and member. Dialect: PostgreSQL. Members without a value are listed under the empty text.
WITH described AS (
    SELECT
        loss.*, CAST(read_class(judged.risk_class, judged.valid_until, CAST(:as_of AS date)) AS text) AS risk_class,
        (judged.flags & :rate_missing) <> 0 AS lacks_rate, customer.industry_code, customer.owner_user, customer.country, customer.segment
    FROM customer_loss AS loss
    INNER JOIN current_assessment AS judged ON loss.customer_key = judged.customer_key
    INNER JOIN customer ON loss.customer_key = customer.customer_key
),

grouped AS (
    SELECT
        CASE
            WHEN grouping(risk_class) = 0 THEN 'class'
            WHEN grouping(industry_code) = 0 THEN 'industry'
            WHEN grouping(owner_user) = 0 THEN 'owner'
            WHEN grouping(country) = 0 THEN 'country'
            ELSE 'segment'
        END AS grouping_name,
        coalesce(risk_class, industry_code, owner_user, country, segment, '') AS member,
        count(*) AS customers, sum(exposure) AS exposure, sum(overdue) AS overdue, sum(expected_loss) AS expected_loss,
        sum(provision) AS provision, sum(average_overdue) AS average_overdue, sum(sales) AS sales,
        count(*) FILTER (WHERE lacks_rate) AS in_part
    FROM described
    GROUP BY GROUPING SETS ((risk_class), (industry_code), (owner_user), (country), (segment))
)

INSERT INTO portfolio_group (as_of, grouping_name, member, customers, exposure, overdue, expected_loss, provision, average_overdue, sales, in_part)
SELECT
    :as_of, grouping_name, member, sum(customers), sum(exposure), sum(overdue), sum(expected_loss), sum(provision),
    sum(average_overdue), sum(sales), sum(in_part)
FROM grouped GROUP BY grouping_name, member;
