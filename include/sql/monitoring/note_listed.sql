-- Purpose: hold findings that come as a list (feeds, contradictions) for the rest of the transaction.
-- Parameters: items, a JSON array of objects with subject_id, customer_key, severity, evidence.
-- Grain: one row per subject. Dialect: PostgreSQL.
CREATE TEMPORARY TABLE listed_finding ON COMMIT DROP AS
SELECT item.subject_id, item.customer_key, item.severity, item.evidence
FROM jsonb_to_recordset(cast(:items AS jsonb)) AS item (subject_id text, customer_key bigint, severity text, evidence jsonb);
