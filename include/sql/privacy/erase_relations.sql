-- Purpose: forget how relations of others name a customer. Parameters: customer_keys. Grain: one row per relation. Dialect: PostgreSQL.
UPDATE current_relation SET party_name = current_relation.party
WHERE current_relation.party_key = any(cast(:customer_keys AS bigint [])) AND current_relation.party_name <> current_relation.party;
