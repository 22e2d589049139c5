-- Purpose: writes into CRMs that are under way, wait for a person or came to nothing. Parameters: none.
-- Grain: one row per connection and state. Dialect: PostgreSQL.
SELECT connection, state, count(*) AS crm_writes FROM crm_write
WHERE state IN ('proposed', 'approved', 'writing', 'written', 'conflict', 'failed')
GROUP BY connection, state
ORDER BY connection, state;
