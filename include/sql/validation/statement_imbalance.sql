-- Purpose: refuse statements whose assets differ from liabilities plus equity by more than rounding.
-- Parameters: step, tolerance, tolerance_share. Grain: every staged row of such a statement. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
INSERT INTO problem
WITH statement AS (
    SELECT
        customer_id, period_end, period_type, scope, currency,
        max(value) FILTER (WHERE item = 'total_assets') AS assets,
        max(value) FILTER (WHERE item = 'total_liabilities') AS liabilities,
        max(value) FILTER (WHERE item = 'equity') AS equity
    FROM current_rows
    WHERE item IN ('total_assets', 'total_liabilities', 'equity')
    GROUP BY ALL
)

SELECT
    'financial_statements' AS dataset, staged.source_row, $step, 'R-BALANCE' AS code, 'value' AS column_name,
    concat('assets ', statement.assets, ', liabilities ', statement.liabilities, ', equity ', statement.equity) AS found,
    NULL AS rule
FROM statement
INNER JOIN current_rows AS staged
    ON statement.customer_id = staged.customer_id AND statement.period_end = staged.period_end
    AND statement.period_type = staged.period_type AND statement.scope = staged.scope
    AND statement.currency = staged.currency
WHERE
    abs(statement.assets - statement.liabilities - statement.equity)
    > greatest($tolerance, $tolerance_share * abs(statement.assets));
