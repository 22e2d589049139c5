-- What a loop has left, as natural keys and values: no surrogate keys, no run numbers, nothing that counts attempts or hours.
SELECT 'batches', (source_id, as_of, state, counts)::text FROM batch
UNION ALL
SELECT 'refused rows', (source_id, dataset, source_row, code, state)::text FROM quarantine_row
UNION ALL
SELECT 'published facts', (dataset, source_id, as_of, rows_appended)::text FROM fact_batch
UNION ALL
SELECT 'customers', (customer_id, name, tax_id, merged_into IS NOT NULL)::text FROM customer
UNION ALL
SELECT 'classes', (c.customer_id, a.as_of, a.risk_class, round(a.index_points::numeric, 3), a.rule_code, a.data_state,
    round(a.exposure::numeric, 2), round(a.overdue::numeric, 2))::text
FROM current_assessment AS a INNER JOIN customer AS c USING (customer_key)
UNION ALL
SELECT 'signals', (s.subject_type, coalesce(c.customer_id, s.subject_id), s.rule_id, s.severity, s.state, s.opened_on)::text
FROM signal AS s LEFT JOIN customer AS c USING (customer_key)
UNION ALL
SELECT 'reviews', (c.customer_id, r.policy_line, r.period_key, r.state, r.owner, r.deputy, r.risk_class)::text
FROM review AS r INNER JOIN customer AS c USING (customer_key)
UNION ALL
SELECT 'plans', (p.playbook_id, c.customer_id, p.rule_id, p.state, p.owner)::text
FROM activation AS p INNER JOIN customer AS c USING (customer_key)
UNION ALL
SELECT 'steps', (p.playbook_id, c.customer_id, s.step_id, s.owner, s.deputy, s.state)::text
FROM step AS s INNER JOIN activation AS p USING (activation_id) INNER JOIN customer AS c USING (customer_key)
UNION ALL
SELECT 'measures', (c.customer_id, m.kind, m.state, m.amount, m.days)::text
FROM measure AS m INNER JOIN customer AS c USING (customer_key)
UNION ALL
-- What each person was told, not in which mail: what is sent alone and what in the digest depends on which stage was first.
SELECT 'things told', (o.kind, o.subject_type, o.urgency, i.recipient, i.channel, i.step, m.state)::text
FROM message_item AS i INNER JOIN outbox_event AS o USING (outbox_id) LEFT JOIN message AS m USING (message_id)
UNION ALL
SELECT 'unfinished runs', stage FROM run WHERE state = 'running'
