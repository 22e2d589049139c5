-- Purpose: propose measures; where one of the same field waits for the customer already, nothing happens.
-- Parameters: rows (JSON array), at. Grain: one row per measure. Dialect: PostgreSQL.
INSERT INTO measure (
    customer_key, kind, field, effect, state, amount, currency, days, share_pct, stage, starts_on, expires_on, digest, origin, review_id,
    step_key, renews, basis, owner, reason, although, risk_class, policy_version, policy_digest, proposed_by, proposed_at, approval_steps,
    pre_approved, implementer
)
SELECT
    new.customer_key, new.kind, new.field, new.effect, 'proposed' AS state, new.amount, new.currency, new.days, new.share_pct, new.stage,
    new.starts_on, new.expires_on, new.digest, new.origin, new.review_id, new.step_key, new.renews,
    coalesce(new.basis, '{}') AS basis, new.owner, new.reason, new.although, new.risk_class, new.policy_version, new.policy_digest,
    new.proposed_by, :at AS proposed_at, new.approval_steps, new.pre_approved, new.implementer
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new (
    customer_key bigint, kind text, field text, effect text, amount numeric, currency text, days integer, share_pct numeric, stage smallint,
    starts_on date, expires_on date, digest text, origin text, review_id bigint, step_key bigint, renews bigint, basis jsonb, owner text,
    reason text, although text, risk_class smallint, policy_version text, policy_digest text, proposed_by text, approval_steps smallint,
    pre_approved boolean, implementer text
)
ORDER BY new.customer_key, new.kind
ON CONFLICT DO NOTHING
RETURNING measure_id, customer_key, kind, step_key, digest;
