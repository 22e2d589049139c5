-- Purpose: say of every relation which customer it is about and which customer its party is, if any; after see_register. A party
-- that is no customer is the same one wherever it has the same registration number, else within its system. Parameters: none.
-- Grain: one row per relation. Dialect: PostgreSQL.
CREATE TEMP TABLE found_relation ON COMMIT DROP AS
WITH numbered AS (
    SELECT account.tax_key, min(account.customer_key) AS customer_key
    FROM account INNER JOIN party_number ON account.tax_key = party_number.tax_key
    GROUP BY account.tax_key
)

SELECT
    told.item_key, own.system, own.customer_key, told.kind, coalesce(party.customer_key, numbered.customer_key) AS party_key,
    coalesce(given.tax_key, own.system || ':' || told.party_id) AS party, coalesce(told.party_name, told.party_id) AS party_name,
    told.share_pct, told.amount, told.currency, told.reporting_amount, told.starts_on, told.ends_on
FROM told_relation AS told
INNER JOIN known_account AS own ON told.account_key = own.account_key
LEFT JOIN known_account AS party ON own.system = party.system AND told.party_id = party.account_id
LEFT JOIN party_number AS given ON told.party_tax_id = given.written AND told.party_country IS NOT DISTINCT FROM given.country
LEFT JOIN numbered ON given.tax_key = numbered.tax_key
WHERE coalesce(party.customer_key, numbered.customer_key) IS DISTINCT FROM own.customer_key;
