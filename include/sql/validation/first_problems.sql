-- Purpose: the first problem of each refused source row of one data set, with its repair and the staged values as JSON.
-- Parameters: dataset. Grain: one row per source row. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT
    first.source_row, line_of.line, first.column_name, first.code, first.found,
    coalesce(repair_text.repair, '') AS repair, whole.record, first.rule
FROM (
    SELECT * FROM problem
    WHERE dataset = $dataset
    QUALIFY row_number() OVER (PARTITION BY source_row ORDER BY step, column_name, found) = 1
) AS first
LEFT JOIN repair_text ON first.code = repair_text.code AND coalesce(first.rule, '') = repair_text.rule
LEFT JOIN line_of ON line_of.dataset = $dataset AND first.source_row = line_of.source_row
LEFT JOIN (
    SELECT source_row, any_value(cast(to_json(staged) AS VARCHAR)) AS record
    FROM staged_rows AS staged
    WHERE source_row IN (
        SELECT failed.source_row FROM problem AS failed
        WHERE failed.dataset = $dataset
    )
    GROUP BY source_row
) AS whole ON first.source_row = whole.source_row
ORDER BY first.source_row;
