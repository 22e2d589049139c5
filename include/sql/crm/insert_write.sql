-- Purpose: propose a write. Parameters: connection, object, record_id, customer_key, task_key, changes, task, edited, digest,
-- needs_person, at. Grain: one row. Dialect: PostgreSQL.
INSERT INTO crm_write (connection, object, record_id, customer_key, task_key, changes, task, edited, digest, needs_person, state, proposed_at)
VALUES (:connection, :object, :record_id, :customer_key, :task_key, CAST(:changes AS jsonb), CAST(:task AS jsonb),
    CAST(:edited AS text []), :digest, :needs_person, 'proposed', :at)
RETURNING write_id;
