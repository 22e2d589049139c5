-- Purpose: remember how accounts were compared. Parameters: account_key, compared_as, sorted_words, parts.
-- Grain: one row per account. Dialect: PostgreSQL.
INSERT INTO identity_account (account_key, compared_as, sorted_words, parts) VALUES (:account_key, :compared_as, :sorted_words, :parts)
ON CONFLICT (account_key) DO UPDATE SET
    compared_as = EXCLUDED.compared_as, sorted_words = EXCLUDED.sorted_words, parts = EXCLUDED.parts;
