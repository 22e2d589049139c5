-- Purpose: rows in quarantine for an unknown customer whose account is known by now, of published batches. Parameters: none.
-- Grain: one row per batch. Dialect: PostgreSQL.
SELECT quarantined.batch_id, array_agg(quarantined.quarantine_id ORDER BY quarantined.quarantine_id) AS ids
FROM quarantine_row AS quarantined
INNER JOIN batch ON quarantined.batch_id = batch.batch_id AND batch.state = 'published'
INNER JOIN account ON batch.system = account.system AND quarantined.found = account.account_id
WHERE quarantined.state = 'quarantined' AND quarantined.code = 'R-ORPHAN'
GROUP BY quarantined.batch_id
ORDER BY quarantined.batch_id;
