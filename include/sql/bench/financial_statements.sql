-- Purpose: two invented annual statements, fifteen items each, for every tenth customer. Variables: customers.
-- Grain: one row per customer, year and item. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
WITH firm AS (
    SELECT c * 10 AS c, exp(14 + 3 * (hash(c, 41) % 1000) / 1e3) AS size, (hash(c, 42) % 1000) / 1e3 AS health
    FROM range(getvariable('customers') // 10) AS t(c)
),
year AS (
    SELECT *, y, size * (1 + 0.1 * (y - 2024) * (2 * health - 0.7)) AS assets FROM firm, (VALUES (2024), (2025)) AS years(y)
),
item AS (
    SELECT c, y, unnest([
        {'item': 'total_assets', 'value': assets}, {'item': 'current_assets', 'value': assets * (0.35 + 0.3 * health)},
        {'item': 'current_liabilities', 'value': assets * (0.5 - 0.25 * health)},
        {'item': 'total_liabilities', 'value': assets * (0.95 - 0.6 * health)},
        {'item': 'equity', 'value': assets * (0.05 + 0.6 * health)},
        {'item': 'retained_earnings', 'value': assets * (0.4 * health - 0.1)}, {'item': 'revenue', 'value': assets * (0.7 + 0.5 * health)},
        {'item': 'cost_of_sales', 'value': assets * (0.6 + 0.3 * health)}, {'item': 'ebit', 'value': assets * (0.2 * health - 0.03)},
        {'item': 'interest_expense', 'value': assets * 0.02}, {'item': 'profit_before_tax', 'value': assets * (0.2 * health - 0.05)},
        {'item': 'net_income', 'value': assets * (0.16 * health - 0.05)},
        {'item': 'operating_cash_flow', 'value': assets * (0.18 * health - 0.02)},
        {'item': 'trade_receivables', 'value': assets * (0.2 + 0.02 * (y - 2024))}, {'item': 'fixed_assets', 'value': assets * 0.3}
    ], recursive := true)
    FROM year
)
SELECT
    format('C{:07d}', c) AS customer_id, make_date(y, 12, 31) AS period_end, 'FY' AS period_type, 'consolidated' AS scope, item,
    round(value, 2)::DECIMAL(18, 2) AS value, 'CNY' AS currency, make_date(y + 1, 4, 30) AS published_on
FROM item
