-- Purpose: index the loaded assessment in the orders in which people look through customers: the worst class first, then the largest
-- exposure; by exposure; by index. Parameters: none. Grain: none. Dialect: PostgreSQL.
CREATE INDEX ON current_assessment_next (risk_class, exposure, customer_key);
CREATE INDEX ON current_assessment_next (exposure, customer_key);
CREATE INDEX ON current_assessment_next (index_points, customer_key);
