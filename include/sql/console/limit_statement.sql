-- Purpose: keep a page from occupying the database. Parameters: none. Grain: none. Dialect: PostgreSQL.
SET LOCAL statement_timeout = '15s';
