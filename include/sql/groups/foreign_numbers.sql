-- Purpose: registration numbers of parties that are no account of the system that names them; after see_register.
-- Parameters: none. Grain: one row per number and country. Dialect: PostgreSQL.
SELECT DISTINCT told.party_tax_id AS written, told.party_country AS country
FROM told_relation AS told
INNER JOIN known_account AS own ON told.account_key = own.account_key
LEFT JOIN known_account AS party ON own.system = party.system AND told.party_id = party.account_id
WHERE told.party_tax_id IS NOT NULL AND party.account_key IS NULL;
