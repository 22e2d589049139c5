-- Purpose: customers whose statement of one period was later stated materially different. Parameters: as_of, share (difference).
-- Reads financial_statements and statement_versions (all versions known at the moment, those of later extracts left out).
-- Grain: one row per customer. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT DISTINCT f.customer_key
FROM financial_statements AS f
JOIN statement_versions AS v ON v.item_key = f.item_key AND v.batch_id <> f.batch_id
WHERE f.as_of <= $as_of AND v.as_of <= $as_of AND v.currency = f.currency
    AND f.item IN ('revenue', 'total_assets', 'total_liabilities', 'equity', 'net_income', 'profit_before_tax', 'operating_cash_flow')
    AND abs(f.value::DOUBLE - v.value::DOUBLE) > $share * greatest(abs(f.value::DOUBLE), abs(v.value::DOUBLE))
