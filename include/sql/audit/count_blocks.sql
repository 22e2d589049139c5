-- Purpose: count the full blocks whose roots are kept. Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT count(*) FROM audit_block;
