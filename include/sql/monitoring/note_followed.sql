-- Purpose: hold, for the rest of the transaction, the open signals of retired customers with those of the customers that took
-- them over; of one rule, the one to keep is first: open before put off before closed, then the oldest. Parameters: customers (only
-- what these have or take over, NULL = all).
-- Grain: one row per open signal. Dialect: PostgreSQL.
CREATE TEMPORARY TABLE followed_signal ON COMMIT DROP AS
WITH living AS (
    SELECT
        signal.signal_id, signal.rule_id, signal.customer_key, signal.state, signal.opened_on,
        ARRAY_POSITION(ARRAY['warning', 'alarm', 'emergency'], signal.severity) AS severity,
        COALESCE(customer.merged_into, customer.customer_key) AS survivor
    FROM signal INNER JOIN customer ON signal.customer_key = customer.customer_key
    WHERE
        signal.subject_type = 'customer' AND signal.state <> 'cleared'
        AND (
            CAST(:customers AS bigint[]) IS NULL
            OR COALESCE(customer.merged_into, customer.customer_key) = ANY(CAST(:customers AS bigint[]))
        )
        AND (customer.merged_into IS NOT NULL
            OR customer.customer_key IN (SELECT c.merged_into FROM customer AS c WHERE c.merged_into IS NOT NULL))
)

SELECT
    living.signal_id, living.customer_key, living.survivor,
    MAX(living.severity) OVER thing AS severity,
    MAX(living.severity) OVER thing > living.severity AS is_worse,
    FIRST_VALUE(living.signal_id) OVER (
        thing ORDER BY living.state IN ('confirmed', 'dismissed'), living.state = 'snoozed', living.opened_on, living.signal_id
    ) AS kept
FROM living
WINDOW thing AS (PARTITION BY living.survivor, living.rule_id);
