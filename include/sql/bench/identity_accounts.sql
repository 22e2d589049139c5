-- Purpose: give every name an account and a customer of its own. Parameters: start (accounts before these), names (array).
-- Grain: one row per account. Dialect: PostgreSQL.
INSERT INTO account (account_key, system, account_id, customer_key, name, as_of, known_at)
SELECT
    (:start + made.place) * 256 AS account_key, 'crm' AS system, 'A' || (:start + made.place) AS account_id,
    :start + made.place AS customer_key, made.name, date '2026-10-30' AS as_of, now() AS known_at
FROM unnest(cast(:names AS text [])) WITH ORDINALITY AS made (name, place);
