-- Purpose: everything a pack freezes about customers, as the text of a JSON object. Names and registration numbers stay out: the id leads to them.
-- Parameters: customer_keys (array), as_of. Grain: one row per customer. Dialect: PostgreSQL.
WITH wanted AS (
    SELECT customer_key FROM unnest(cast(:customer_keys AS bigint [])) AS w (customer_key)
),

breaches AS (
    SELECT
        breach.customer_key,
        jsonb_agg(to_jsonb(breach) - 'customer_key' ORDER BY breach.indicator_id) AS content
    FROM current_breach AS breach
    INNER JOIN wanted ON breach.customer_key = wanted.customer_key
    GROUP BY breach.customer_key
),

signals AS (
    SELECT
        signal.customer_key,
        jsonb_agg(
            jsonb_build_object(
                'signal_id', signal.signal_id, 'rule_id', signal.rule_id, 'severity', signal.severity, 'state', signal.state,
                'opened_on', signal.opened_on, 'value', signal.value, 'line', signal.line, 'evidence', signal.evidence
            ) ORDER BY signal.rule_id, signal.signal_id
        ) AS content
    FROM signal
    INNER JOIN wanted ON signal.customer_key = wanted.customer_key
    WHERE signal.state IN ('triggered', 'under_review', 'escalated', 'confirmed')
    GROUP BY signal.customer_key
),

last_review AS (
    SELECT DISTINCT ON (review.customer_key)
        review.customer_key,
        review.review_id,
        review.opened_on,
        review.state,
        review.pack_sha256,
        cast(convert_from(review.pack, 'UTF8') AS jsonb) AS pack
    FROM review
    INNER JOIN wanted ON review.customer_key = wanted.customer_key
    WHERE review.opened_on <= :as_of
    ORDER BY review.customer_key ASC, review.opened_on DESC, review.review_id DESC
),

class_changes AS (
    SELECT
        change.customer_key,
        jsonb_agg(to_jsonb(change) - 'customer_key' - 'run_id' ORDER BY change.as_of) AS content
    FROM class_change AS change
    INNER JOIN wanted ON change.customer_key = wanted.customer_key
    LEFT JOIN last_review ON change.customer_key = last_review.customer_key
    WHERE change.as_of <= :as_of AND change.as_of > coalesce(last_review.opened_on, date '0001-01-01')
    GROUP BY change.customer_key
)

SELECT
    a.customer_key,
    read_class(a.risk_class, a.valid_until, cast(:as_of AS date)) AS read_class,
    cast(json_build_object(
        'customer', json_build_object(
            'customer_id', c.customer_id, 'country', c.country, 'industry_code', c.industry_code, 'group_id', c.group_id,
            'owner_user', c.owner_user, 'status', c.status, 'segment', c.segment,
            'payment_terms_days', c.payment_terms_days, 'onboarded_on', c.onboarded_on
        ),
        'assessment', to_json(a),
        'breaches', coalesce(breaches.content, cast('[]' AS jsonb)),
        'signals', coalesce(signals.content, cast('[]' AS jsonb)),
        'class_changes', coalesce(class_changes.content, cast('[]' AS jsonb)),
        'last_review', CASE WHEN last_review.review_id IS NOT NULL THEN json_build_object(
            'review_id', last_review.review_id, 'opened_on', last_review.opened_on, 'state', last_review.state,
            'pack_sha256', last_review.pack_sha256
        ) END,
        'last_assessment', last_review.pack -> 'assessment',
        'last_ties', last_review.pack -> 'ties'
    ) AS text) AS content
FROM wanted
INNER JOIN current_assessment AS a ON wanted.customer_key = a.customer_key
INNER JOIN customer AS c ON wanted.customer_key = c.customer_key
LEFT JOIN breaches ON wanted.customer_key = breaches.customer_key
LEFT JOIN signals ON wanted.customer_key = signals.customer_key
LEFT JOIN class_changes ON wanted.customer_key = class_changes.customer_key
LEFT JOIN last_review ON wanted.customer_key = last_review.customer_key
ORDER BY a.customer_key;
