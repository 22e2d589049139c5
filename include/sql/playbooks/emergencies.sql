-- Purpose: open signals on customers that are emergencies or that a playbook names, and whether their playbook was
-- activated before.
-- Parameters: as_of; rules and playbooks (arrays of one length: which playbook answers to a rule).
-- Grain: one row per signal, by customer, day and rule. Dialect: PostgreSQL.
WITH book AS (
    SELECT b.rule_id, b.playbook_id
    FROM unnest(cast(:rules AS text []), cast(:playbooks AS text [])) AS b (rule_id, playbook_id)
)

SELECT
    signal.signal_id,
    signal.rule_id,
    signal.severity,
    signal.opened_on,
    signal.customer_key,
    customer.customer_id,
    customer.owner_user,
    coalesce(acting_class(a.risk_class, a.valid_until, cast(:as_of AS date)), 0) AS risk_class,
    book.playbook_id,
    exists(
        SELECT FROM activation
        WHERE
            activation.playbook_id = book.playbook_id AND activation.customer_key = signal.customer_key
            AND (
                activation.trigger_key = signal.rule_id || ':' || signal.opened_on
                OR activation.state NOT IN ('closed', 'stood_down')
            )
    ) AS taken
FROM signal
INNER JOIN customer ON signal.customer_key = customer.customer_key AND customer.merged_into IS NULL
LEFT JOIN current_assessment AS a ON signal.customer_key = a.customer_key
LEFT JOIN book ON signal.rule_id = book.rule_id
WHERE
    signal.state IN ('triggered', 'under_review', 'escalated', 'confirmed') AND signal.opened_on <= :as_of
    AND (signal.severity = 'emergency' OR book.playbook_id IS NOT NULL)
ORDER BY signal.customer_key, signal.opened_on, signal.rule_id;
