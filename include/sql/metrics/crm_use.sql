-- Purpose: what the connections to CRMs were used for in the last day. Parameters: now. Grain: one row per connection that was used.
-- Dialect: PostgreSQL.
SELECT connection, sum(calls) AS crm_calls_last_day, sum(credits) AS crm_credits_last_day FROM crm_use
WHERE used_at > :now - INTERVAL '1 day'
GROUP BY connection
ORDER BY connection;
