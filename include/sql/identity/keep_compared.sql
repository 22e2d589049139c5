-- Purpose: remember how accounts were compared. Parameters: none; empties compared_account. Grain: one row per account.
-- Dialect: PostgreSQL.
WITH compared AS (
    DELETE FROM compared_account
    RETURNING account_key, compared_as, sorted_words, letters, parts
)
INSERT INTO identity_account (account_key, compared_as, sorted_words, letters, parts)
SELECT account_key, compared_as, sorted_words, letters, parts FROM compared
ON CONFLICT (account_key) DO UPDATE SET
    compared_as = EXCLUDED.compared_as, sorted_words = EXCLUDED.sorted_words, letters = EXCLUDED.letters, parts = EXCLUDED.parts;
