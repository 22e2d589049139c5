-- Purpose: record a match found for the first time. Parameters: customer_key, list_id, entry_id, likeness, same_number, matched_name,
-- evidence, list_digest, found_on, run_id. Grain: one row, none where the pair is known. Dialect: PostgreSQL.
INSERT INTO screening_match (customer_key, list_id, entry_id, likeness, same_number, matched_name, evidence, list_digest, found_on, run_id)
VALUES (:customer_key, :list_id, :entry_id, :likeness, :same_number, :matched_name, :evidence, :list_digest, :found_on, :run_id)
ON CONFLICT (customer_key, list_id, entry_id) DO NOTHING
RETURNING match_id;
