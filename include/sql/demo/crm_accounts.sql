-- Purpose: accounts that were read from the CRMs
-- Parameters: none
-- Grain: one row per system
-- Dialect: postgres
SELECT account.system, count(*) AS accounts
FROM account
WHERE account.system IN ('fxiaoke', 'zoho')
GROUP BY account.system
ORDER BY account.system;
