-- Purpose: remember how accounts were compared. Parameters: none; reads compared_account. Grain: one row per account.
-- Dialect: PostgreSQL.
INSERT INTO identity_account (account_key, compared_as, sorted_words, parts)
SELECT account_key, compared_as, sorted_words, parts FROM compared_account
ON CONFLICT (account_key) DO UPDATE SET
    compared_as = EXCLUDED.compared_as, sorted_words = EXCLUDED.sorted_words, parts = EXCLUDED.parts;
