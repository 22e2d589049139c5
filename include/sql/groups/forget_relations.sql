-- Purpose: remove the relations that are no longer as they stand. Parameters: none. Grain: one row per relation. Dialect: PostgreSQL.
DELETE FROM current_relation AS stored WHERE NOT EXISTS (
    SELECT 1 FROM found_relation AS found
    WHERE stored.item_key = found.item_key AND (
        stored.system, stored.customer_key, stored.kind, stored.party_key, stored.party, stored.party_name, stored.share_pct, stored.amount,
        stored.currency, stored.reporting_amount, stored.starts_on, stored.ends_on
    ) IS NOT DISTINCT FROM (
        found.system, found.customer_key, found.kind, found.party_key, found.party, found.party_name, found.share_pct, found.amount,
        found.currency, found.reporting_amount, found.starts_on, found.ends_on
    )
);
