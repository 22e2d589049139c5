-- Purpose: what a person refused, and what the CRM refused lately: the same is not proposed again. Parameters: connection, since.
-- Grain: one row per write. Dialect: PostgreSQL.
SELECT record_id, digest
FROM crm_write
WHERE connection = :connection AND (state = 'refused' OR (state = 'failed' AND proposed_at > :since));
