-- Purpose: delete salts and values of what the log commits to about a customer; only for one whose erasure was decided.
-- Parameters: customer_keys, erasure_id. Grain: one row per opening. Dialect: PostgreSQL.
WITH wanted AS (
    SELECT given.customer_key
    FROM unnest(cast(:customer_keys AS bigint [])) AS given (customer_key)
    WHERE EXISTS (SELECT 1 FROM erasure WHERE erasure.erasure_id = :erasure_id AND erasure.state = 'erased')
),

wanted_account AS (SELECT account.account_key FROM account INNER JOIN wanted ON account.customer_key = wanted.customer_key),

subject AS (
    SELECT of_customer.subject_type, of_customer.subject_id FROM wanted, subjects_of(wanted.customer_key) AS of_customer
    UNION
    SELECT 'account', cast(wanted_account.account_key AS text) FROM wanted_account
    UNION
    SELECT 'identity proposal', cast(found.proposal_id AS text)
    FROM identity_proposal AS found
    INNER JOIN wanted_account ON wanted_account.account_key IN (found.first_account, found.second_account)
    UNION
    SELECT 'screening_match', cast(found.match_id AS text)
    FROM screening_match AS found INNER JOIN wanted ON found.customer_key = wanted.customer_key
    UNION
    SELECT 'cadence', cast(found.cadence_id AS text)
    FROM review_cadence AS found INNER JOIN wanted ON found.customer_key = wanted.customer_key
    UNION
    SELECT 'crm_write', cast(found.write_id AS text)
    FROM crm_write AS found INNER JOIN wanted ON found.customer_key = wanted.customer_key
)

DELETE FROM audit_opening
USING subject, audit_event
WHERE
    subject.subject_type = audit_event.subject_type AND subject.subject_id = audit_event.subject_id
    AND audit_event.seq = audit_opening.seq;
