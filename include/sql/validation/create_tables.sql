-- Purpose: hold what is wrong with the rows of one batch while it is judged. Parameters: none.
-- Grain: problem = one finding per row and step; dropped = one repeated row; repair_text = one per code or
-- rule; line_of = one refused row.
-- Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
CREATE TABLE problem (
    dataset VARCHAR NOT NULL, source_row BIGINT NOT NULL, step INTEGER NOT NULL, code VARCHAR NOT NULL,
    column_name VARCHAR, found VARCHAR, rule VARCHAR
);
CREATE TABLE dropped (dataset VARCHAR NOT NULL, source_row BIGINT NOT NULL);
CREATE TABLE repair_text (code VARCHAR NOT NULL, rule VARCHAR NOT NULL, repair VARCHAR NOT NULL);
CREATE TABLE condition_list (number INTEGER NOT NULL, code VARCHAR NOT NULL, column_name VARCHAR, rule VARCHAR);
CREATE TABLE line_of (dataset VARCHAR NOT NULL, source_row BIGINT NOT NULL, line BIGINT NOT NULL);
CREATE TABLE known_account (account_id VARCHAR);
