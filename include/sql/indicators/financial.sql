-- Purpose: the newest statement of each customer, the comparable one a year before and, for an interim one, the last financial year,
-- item by item, for the ratio library. Parameters: low, high (account keys), as_of, preferred_scope.
-- Grain: one row per customer with a published statement. Dialect: DuckDB.
-- Published by the date: published_on, else the end of the period. Of statements ending on one day the annual one wins, then the
-- preferred scope. The one a year before has the same type, scope and currency and ends 350 to 380 days before; the last financial
-- year has the same scope and currency and ends within the year before. Statements that mix currencies are left out.
-- annual: twelve divided by the months of the statement, quarters counted from the start of the financial year. A YTD statement has
-- the months since the last financial year, without one those since January. usd_rate: dollars for one unit, NULL when unknown.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
WITH statement AS (
    SELECT
        customer_key, account_key, period_end, period_type, scope, min(currency) AS currency, min(currency) = max(currency) AS is_pure,
        min(rate) AS rate, count(*) AS items, max(published_on) AS published_on,
        12.0 / CASE period_type WHEN 'FY' THEN 12 WHEN 'H1' THEN 6 WHEN 'Q1' THEN 3 WHEN 'Q2' THEN 6 WHEN 'Q3' THEN 9
            ELSE month(period_end) END AS annual,
        max(value::DOUBLE) FILTER (WHERE item = 'cash') AS cash,
        max(value::DOUBLE) FILTER (WHERE item = 'trade_receivables') AS trade_receivables,
        max(value::DOUBLE) FILTER (WHERE item = 'inventories') AS inventories,
        max(value::DOUBLE) FILTER (WHERE item = 'current_assets') AS current_assets,
        max(value::DOUBLE) FILTER (WHERE item = 'fixed_assets') AS fixed_assets,
        max(value::DOUBLE) FILTER (WHERE item = 'total_assets') AS total_assets,
        max(value::DOUBLE) FILTER (WHERE item = 'short_term_debt') AS short_term_debt,
        max(value::DOUBLE) FILTER (WHERE item = 'trade_payables') AS trade_payables,
        max(value::DOUBLE) FILTER (WHERE item = 'current_liabilities') AS current_liabilities,
        max(value::DOUBLE) FILTER (WHERE item = 'long_term_debt') AS long_term_debt,
        max(value::DOUBLE) FILTER (WHERE item = 'total_liabilities') AS total_liabilities,
        max(value::DOUBLE) FILTER (WHERE item = 'share_capital') AS share_capital,
        max(value::DOUBLE) FILTER (WHERE item = 'retained_earnings') AS retained_earnings,
        max(value::DOUBLE) FILTER (WHERE item = 'equity') AS equity,
        max(value::DOUBLE) FILTER (WHERE item = 'market_equity') AS market_equity,
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
        max(value::DOUBLE) FILTER (WHERE item = 'operating_cash_flow') AS operating_cash_flow,
        max(value::DOUBLE) FILTER (WHERE item = 'capex') AS capex
    FROM financial_statements
    WHERE account_key BETWEEN $low AND $high AND coalesce(published_on, period_end) <= $as_of AND period_end <= $as_of
    GROUP BY customer_key, account_key, period_end, period_type, scope
),
usable AS (SELECT * FROM statement WHERE is_pure),
newest AS (
    SELECT * FROM usable
    QUALIFY row_number() OVER (
        PARTITION BY customer_key
        ORDER BY period_end DESC, (period_type = 'FY') DESC, (scope = $preferred_scope) DESC, period_type, scope, items DESC, account_key
    ) = 1
),
earlier AS (
    SELECT u.*
    FROM usable AS u JOIN newest AS n ON n.customer_key = u.customer_key AND n.period_type = u.period_type AND n.scope = u.scope
        AND n.currency = u.currency AND n.period_end - u.period_end BETWEEN 350 AND 380
    QUALIFY row_number() OVER (
        PARTITION BY u.customer_key ORDER BY u.period_end DESC, (u.account_key = n.account_key) DESC, u.account_key
    ) = 1
),
year AS (
    SELECT u.*, date_diff('month', u.period_end, n.period_end) AS months
    FROM usable AS u JOIN newest AS n ON n.customer_key = u.customer_key AND n.period_type <> 'FY' AND u.period_type = 'FY'
        AND n.scope = u.scope AND n.currency = u.currency AND n.period_end - u.period_end BETWEEN 1 AND 366
    QUALIFY row_number() OVER (
        PARTITION BY u.customer_key ORDER BY u.period_end DESC, (u.account_key = n.account_key) DESC, u.account_key
    ) = 1
),
firm AS (
    SELECT
        c.customer_key, arg_max(c.country, c.as_of) FILTER (WHERE c.country IS NOT NULL) AS country,
        arg_max(c.industry_code, c.as_of) FILTER (WHERE c.industry_code IS NOT NULL) AS industry_code
    FROM customers AS c SEMI JOIN newest AS n ON n.customer_key = c.customer_key
    WHERE c.account_key BETWEEN $low AND $high
    GROUP BY c.customer_key
)
SELECT
    n.* EXCLUDE (account_key, is_pure, rate, items, annual), f.country, f.industry_code,
    CASE WHEN n.period_type = 'YTD' AND y.months BETWEEN 1 AND 12 THEN 12.0 / y.months ELSE n.annual END AS annual,
    CASE WHEN n.currency = 'USD' THEN 1.0 ELSE n.rate / (SELECT rate FROM rates WHERE currency = 'USD') END AS usd_rate,
    COLUMNS(e.* EXCLUDE (customer_key, account_key, period_end, period_type, scope, currency, is_pure, rate, items, published_on, annual)) AS "\0_before",
    COLUMNS(y.* EXCLUDE (months, customer_key, account_key,
        period_end, period_type, scope, currency, is_pure, rate, items, published_on, annual)) AS "\0_year"
FROM newest AS n
LEFT JOIN earlier AS e ON e.customer_key = n.customer_key
LEFT JOIN year AS y ON y.customer_key = n.customer_key
LEFT JOIN firm AS f ON f.customer_key = n.customer_key
