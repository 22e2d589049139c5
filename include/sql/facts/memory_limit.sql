-- Purpose: read the memory DuckDB may use, in bytes. Parameters: none. Grain: one row. Dialect: DuckDB.
SELECT parse_formatted_bytes(current_setting('memory_limit'))
