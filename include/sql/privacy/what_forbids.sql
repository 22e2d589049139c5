-- Purpose: say what forbids erasing a customer; a hold over one that was merged into it counts. Parameters: customer_key; arrays of
-- the open states reviews, activations, measures.
-- Grain: one row per reason. Dialect: PostgreSQL.
SELECT 'legal hold ' || legal_hold.hold_id || ' stands'
FROM legal_hold INNER JOIN customer ON legal_hold.customer_key = customer.customer_key
WHERE :customer_key IN (customer.customer_key, customer.merged_into) AND legal_hold.state = 'held'
UNION ALL
SELECT 'review ' || review.review_id || ' is open'
FROM review
WHERE review.customer_key = :customer_key AND review.state = any(cast(:reviews AS text []))
UNION ALL
SELECT 'emergency plan ' || activation.activation_id || ' is under way'
FROM activation
WHERE activation.customer_key = :customer_key AND activation.state = any(cast(:activations AS text []))
UNION ALL
SELECT 'measure ' || measure.measure_id || ' is open or in force'
FROM measure
WHERE measure.customer_key = :customer_key AND measure.state = any(cast(:measures AS text []))
UNION ALL
SELECT 'money is still open'
FROM current_assessment
WHERE current_assessment.customer_key = :customer_key AND current_assessment.exposure > 0;
