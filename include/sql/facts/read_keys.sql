-- Purpose: take over the keys that PostgreSQL wrote. Parameters: path. Grain: one row per account. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
CREATE OR REPLACE TEMP TABLE account_keys AS
SELECT account_id, account_key
FROM read_csv(
    $path, header = false, delim = ',', quote = '"', escape = '"', nullstr = '\N', all_varchar = false, auto_detect = false,
    columns = {'account_id': 'VARCHAR', 'account_key': 'BIGINT'}
)
