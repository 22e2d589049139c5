-- Purpose: how many customers each system has that no other system knows, and how many proposals to make two customers one wait; nothing where
-- there is one system. Parameters: none. Grain: one row per system with such customers. Dialect: PostgreSQL.
SELECT
    held.system,
    count(*) AS customers,
    (SELECT count(*) FROM identity_proposal WHERE identity_proposal.state = 'proposed') AS waiting
FROM (
    SELECT
        account.customer_key,
        min(account.system) AS system
    FROM account
    GROUP BY account.customer_key
    HAVING min(account.system) = max(account.system)
) AS held
WHERE (SELECT min(account.system) <> max(account.system) FROM account)
GROUP BY held.system
ORDER BY held.system;
