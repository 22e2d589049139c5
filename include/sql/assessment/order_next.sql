-- Purpose: index the loaded assessment in the order in which people look through customers: the worst class first, then the largest
-- exposure. Parameters: none. Grain: none. Dialect: PostgreSQL.
CREATE INDEX ON current_assessment_next (risk_class, exposure, customer_key);
