-- Purpose: keep reading the metrics from occupying the database. Parameters: none. Grain: none. Dialect: PostgreSQL.
SET LOCAL statement_timeout = '20s';
