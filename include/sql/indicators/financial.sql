-- Purpose: the newest statement of each customer and the comparable one a year before, item by item, for F1-F10.
-- Parameters: low, high (account keys), as_of. Grain: one row per customer with a published statement. Dialect: DuckDB.
-- Published by the date: published_on, else the end of the period. Of statements ending on one day the annual one wins, and the
-- consolidated over the parent's. The earlier one has the same type and scope and ends 350 to 380 days before.
-- Flows of interim statements are annualized by their months. Items of different currencies are not mixed.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
WITH statement AS (
    SELECT
        customer_key, period_end, period_type, scope, min(currency) AS currency, count(DISTINCT currency) AS currencies,
        max(published_on) AS published_on,
        12.0 / CASE period_type WHEN 'FY' THEN 12 WHEN 'H1' THEN 6 WHEN 'Q1' THEN 3 WHEN 'Q2' THEN 6 WHEN 'Q3' THEN 9
            ELSE month(period_end) END AS annual,
        max(value::DOUBLE) FILTER (WHERE item = 'current_assets') AS current_assets,
        max(value::DOUBLE) FILTER (WHERE item = 'fixed_assets') AS fixed_assets,
        max(value::DOUBLE) FILTER (WHERE item = 'total_assets') AS total_assets,
        max(value::DOUBLE) FILTER (WHERE item = 'current_liabilities') AS current_liabilities,
        max(value::DOUBLE) FILTER (WHERE item = 'long_term_debt') AS long_term_debt,
        max(value::DOUBLE) FILTER (WHERE item = 'total_liabilities') AS total_liabilities,
        max(value::DOUBLE) FILTER (WHERE item = 'retained_earnings') AS retained_earnings,
        max(value::DOUBLE) FILTER (WHERE item = 'equity') AS equity,
        max(value::DOUBLE) FILTER (WHERE item = 'trade_receivables') AS trade_receivables,
        max(value::DOUBLE) FILTER (WHERE item = 'revenue') AS revenue,
        max(value::DOUBLE) FILTER (WHERE item = 'cost_of_sales') AS cost_of_sales,
        max(value::DOUBLE) FILTER (WHERE item = 'gross_profit') AS gross_profit,
        max(value::DOUBLE) FILTER (WHERE item = 'depreciation') AS depreciation,
        max(value::DOUBLE) FILTER (WHERE item = 'selling_general_admin') AS selling_general_admin,
        max(value::DOUBLE) FILTER (WHERE item = 'interest_expense') AS interest_expense,
        max(value::DOUBLE) FILTER (WHERE item = 'operating_profit') AS operating_profit,
        max(value::DOUBLE) FILTER (WHERE item = 'ebit') AS ebit,
        max(value::DOUBLE) FILTER (WHERE item = 'profit_before_tax') AS profit_before_tax,
        max(value::DOUBLE) FILTER (WHERE item = 'net_income') AS net_income,
        max(value::DOUBLE) FILTER (WHERE item = 'operating_cash_flow') AS operating_cash_flow
    FROM financial_statements
    WHERE account_key BETWEEN $low AND $high AND coalesce(published_on, period_end) <= $as_of AND period_end <= $as_of
    GROUP BY customer_key, account_key, period_end, period_type, scope
),
usable AS (SELECT * FROM statement WHERE currencies = 1),
newest AS (
    SELECT * FROM usable
    QUALIFY row_number() OVER (
        PARTITION BY customer_key
        ORDER BY period_end DESC, (period_type = 'FY') DESC, (scope = 'consolidated') DESC, period_type, scope
    ) = 1
),
earlier AS (
    SELECT u.*
    FROM usable AS u JOIN newest AS n ON n.customer_key = u.customer_key AND n.period_type = u.period_type AND n.scope = u.scope
        AND n.currency = u.currency AND n.period_end - u.period_end BETWEEN 350 AND 380
    QUALIFY row_number() OVER (PARTITION BY u.customer_key ORDER BY u.period_end DESC) = 1
)
SELECT n.* EXCLUDE (period_type, scope, currency, currencies), COLUMNS(e.* EXCLUDE (customer_key, period_end, period_type, scope, currency,
    currencies, published_on, annual)) AS "\0_before"
FROM newest AS n LEFT JOIN earlier AS e ON e.customer_key = n.customer_key
