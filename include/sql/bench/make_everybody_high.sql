-- Purpose: make every assessed customer high, so that each one is due for a review. Parameters: until. Grain: one row per customer.
-- Dialect: PostgreSQL.
UPDATE current_assessment SET risk_class = 3, valid_until = :until;
