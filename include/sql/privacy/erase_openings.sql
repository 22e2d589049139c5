-- Purpose: delete salts and values of what the log commits to about a customer; only for one whose erasure was decided.
-- Parameters: customer_keys, erasure_id. Grain: one row per opening. Dialect: PostgreSQL.
DELETE FROM audit_opening
USING personal_subjects(cast(:customer_keys AS bigint [])) AS subject, audit_event
WHERE
    subject.subject_type = audit_event.subject_type AND subject.subject_id = audit_event.subject_id
    AND audit_event.seq = audit_opening.seq
    AND EXISTS (SELECT 1 FROM erasure WHERE erasure.erasure_id = :erasure_id AND erasure.state = 'erased');
