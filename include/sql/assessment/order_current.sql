-- Purpose: index the current assessment in the orders in which people look through customers: the worst class first, then the largest
-- exposure; by exposure; by index. Parameters: none. Grain: none. Dialect: PostgreSQL.
SELECT order_current_assessment();
