-- Purpose: store the relations in force that are new or changed. Parameters: none. Grain: one row per relation. Dialect: PostgreSQL.
INSERT INTO current_relation (item_key, system, customer_key, kind, party_key, party, party_name, share_pct, amount, currency, reporting_amount,
    starts_on, ends_on)
SELECT item_key, system, customer_key, kind, party_key, party, party_name, share_pct, amount, currency, reporting_amount, starts_on, ends_on
FROM found_relation
ON CONFLICT (item_key) DO NOTHING;
