-- Purpose: one use of a playbook with its customer and the signal that started it. Parameters: activation_id. Grain: at most one row.
-- Dialect: PostgreSQL.
SELECT
    activation.*, customer.customer_id, customer.name, signal.severity, playbook_document.document
FROM activation
LEFT JOIN customer ON activation.customer_key = customer.customer_key
INNER JOIN playbook_document ON activation.playbook_digest = playbook_document.digest
LEFT JOIN signal ON activation.signal_id = signal.signal_id
WHERE activation.activation_id = :activation_id;
