-- Purpose: how the newest statement of each customer compares with those of the years before, for finding figures that jump.
-- Parameters: none. Reads table statement (statements.sql). Grain: one row per customer and year back, 0 being the newest, when there is
-- at least one before. Dialect: DuckDB. Of the same type, scope and currency, ending within 15 days of a whole number of years before; flows are
-- annualized by their months.
-- sqlfluff:dialect:duckdb
WITH comparable AS (
    SELECT
        s.*, round((n.period_end - s.period_end) / 365.25)::INTEGER AS years_back
    FROM statement AS n JOIN statement AS s ON s.customer_key = n.customer_key AND s.period_type = n.period_type
        AND s.scope = n.scope AND s.currency = n.currency
    WHERE n.recency = 1 AND n.period_end - s.period_end BETWEEN 0 AND 1842
        AND abs((n.period_end - s.period_end) - 365.25 * round((n.period_end - s.period_end) / 365.25)) <= 15
    QUALIFY row_number() OVER (PARTITION BY s.customer_key, years_back ORDER BY s.recency) = 1
        AND count(*) OVER (PARTITION BY s.customer_key) > 1
)
SELECT
    customer_key, years_back, revenue * annual AS revenue, cost_of_sales * annual AS cost_of_sales, gross_profit * annual AS gross_profit,
    profit_before_tax * annual AS profit_before_tax, net_income * annual AS net_income, operating_cash_flow * annual AS operating_cash_flow,
    total_assets, total_liabilities, equity, current_assets, current_liabilities, trade_receivables, inventories
FROM comparable
