-- Purpose: empty the losses before the new ones are loaded. Parameters: none. Grain: none. Dialect: PostgreSQL.
DELETE FROM customer_loss;
