-- Purpose: one match. Parameters: match_id. Grain: one row. Dialect: PostgreSQL.
SELECT match_id, customer_key, likeness, same_number, state, version, proposed_by FROM screening_match WHERE match_id = :match_id;
