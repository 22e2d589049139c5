-- Purpose: the assessment of a customer that lacks an exchange rate. Parameters: customer_key, bit (of the flag).
-- Grain: at most one row. Dialect: PostgreSQL.
SELECT judged.as_of
FROM current_assessment AS judged
WHERE judged.customer_key = :customer_key AND judged.flags & :bit <> 0;
