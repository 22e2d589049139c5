-- Purpose: end what ``show_kept`` began. Parameters: none. Grain: none. Dialect: PostgreSQL.
DROP VIEW found_relation;
