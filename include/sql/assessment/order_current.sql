-- Purpose: index the current assessment in the orders in which people look through customers: the worst class first, then the largest
-- exposure; by exposure; by index. Parameters: none. Grain: none. Dialect: PostgreSQL.
SET LOCAL maintenance_work_mem = '256MB';
CREATE INDEX IF NOT EXISTS current_assessment_order ON current_assessment (risk_class, exposure, customer_key);
CREATE INDEX IF NOT EXISTS current_assessment_exposure ON current_assessment (exposure, customer_key);
CREATE INDEX IF NOT EXISTS current_assessment_index ON current_assessment (index_points, customer_key);
