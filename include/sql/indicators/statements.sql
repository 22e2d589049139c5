-- Purpose: the published statements of a block of customers, item by item, for financial.sql and statement_history.sql.
-- Parameters: low, high (account keys), as_of, preferred_scope. Grain: one row per customer, period, type and scope. Dialect: DuckDB.
-- Published by the date: published_on, else the end of the period. Statements that mix currencies are left out. recency 1 is the newest:
-- of statements ending on one day the annual one wins, then the preferred scope, then the one with more items.
-- annual: twelve divided by the months of the statement, quarters counted from the start of the financial year, a YTD from January.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
CREATE OR REPLACE TEMP TABLE statement AS
WITH told AS (
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
)
SELECT
    *, row_number() OVER (
        PARTITION BY customer_key
        ORDER BY period_end DESC, (period_type = 'FY') DESC, (scope = $preferred_scope) DESC, period_type, scope, items DESC, account_key
    ) AS recency
FROM told
WHERE is_pure
