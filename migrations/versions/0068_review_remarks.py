"""People discuss a review. What they remark stands in order and is never changed; it is forgotten with its customer alone.

The same words of one person to the same remark are one remark, however often they arrive: ``digest`` tells, until they are forgotten.
"""

from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE TABLE review_remark (
        remark_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, review_id bigint NOT NULL REFERENCES review, answers bigint,
        said_by text NOT NULL, said_at timestamptz NOT NULL, body text NOT NULL CHECK (btrim(body) <> ''), digest text, forgotten_at timestamptz,
        UNIQUE (review_id, remark_id), FOREIGN KEY (review_id, answers) REFERENCES review_remark (review_id, remark_id), CHECK (answers < remark_id),
        CHECK (CASE WHEN forgotten_at IS NULL THEN digest = encode(sha256(convert_to(body, 'UTF8')), 'hex') ELSE digest IS NULL END))""",
    "CREATE UNIQUE INDEX review_remark_once ON review_remark (review_id, said_by, coalesce(answers, 0), digest)",
    """CREATE FUNCTION keep_remark() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'what was remarked on a review is never changed: % refused', TG_OP USING ERRCODE = 'check_violation'; END $$""",
    """CREATE OR REPLACE FUNCTION check_forgetting() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            wanted bigint := CASE TG_TABLE_NAME
                WHEN 'review_snapshot' THEN (SELECT customer_key FROM review WHERE review_id = (to_jsonb(NEW) ->> 'review_id')::bigint)
                WHEN 'review_remark' THEN (SELECT customer_key FROM review WHERE review_id = (to_jsonb(NEW) ->> 'review_id')::bigint)
                WHEN 'measure_approval' THEN (SELECT customer_key FROM measure WHERE measure_id = (to_jsonb(NEW) ->> 'measure_id')::bigint)
                ELSE (to_jsonb(NEW) ->> 'customer_key')::bigint END;
        BEGIN
            IF OLD.forgotten_at IS NULL AND to_jsonb(NEW) - TG_ARGV - 'forgotten_at' = to_jsonb(OLD) - TG_ARGV - 'forgotten_at'
                AND EXISTS (SELECT FROM erasure AS e LEFT JOIN customer AS c ON c.merged_into = e.customer_key
                    WHERE e.state = 'erased' AND wanted IN (e.customer_key, c.customer_key)) THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'only the texts of a customer whose erasure was decided are forgotten: % refused', TG_TABLE_NAME
                USING ERRCODE = 'check_violation';
        END $$""",
    """CREATE OR REPLACE FUNCTION subjects_of(wanted bigint) RETURNS TABLE (subject_type text, subject_id text) LANGUAGE sql STABLE AS $$
        SELECT 'customer', CAST(wanted AS text)
        UNION ALL
        SELECT 'customer', customer.customer_id FROM customer WHERE customer.customer_key = wanted
        UNION ALL
        SELECT 'review', CAST(review.review_id AS text) FROM review WHERE review.customer_key = wanted
        UNION ALL
        SELECT 'review_remark', CAST(review_remark.remark_id AS text)
        FROM review_remark INNER JOIN review ON review_remark.review_id = review.review_id WHERE review.customer_key = wanted
        UNION ALL
        SELECT 'activation', CAST(activation.activation_id AS text) FROM activation WHERE activation.customer_key = wanted
        UNION ALL
        SELECT 'step', CAST(step.step_key AS text)
        FROM step INNER JOIN activation ON step.activation_id = activation.activation_id WHERE activation.customer_key = wanted
        UNION ALL
        SELECT 'signal', CAST(signal.signal_id AS text) FROM signal WHERE signal.customer_key = wanted
        UNION ALL
        SELECT 'opinion', CAST(opinion.opinion_id AS text) FROM opinion WHERE opinion.customer_key = wanted
        UNION ALL
        SELECT 'measure', CAST(measure.measure_id AS text) FROM measure WHERE measure.customer_key = wanted
    $$""",
    """ALTER POLICY of_what_is_ones_own ON audit_event WITH CHECK (
        subject_type NOT IN ('review', 'review_remark', 'measure', 'activation', 'step', 'opinion', 'campaign', 'training', 'policy proposal',
            'erasure', 'legal_hold', 'console_user', 'console_token')
        OR has_table_privilege('public.' || replace(subject_type, ' ', '_'), 'INSERT, UPDATE'))""",
    "CREATE TRIGGER review_remark_kept BEFORE DELETE ON review_remark FOR EACH ROW EXECUTE FUNCTION keep_remark()",
    "CREATE TRIGGER review_remark_whole BEFORE TRUNCATE ON review_remark FOR EACH STATEMENT EXECUTE FUNCTION keep_remark()",
    """CREATE TRIGGER review_remark_fixed BEFORE UPDATE ON review_remark FOR EACH ROW
        WHEN (NEW.forgotten_at IS NOT DISTINCT FROM OLD.forgotten_at) EXECUTE FUNCTION keep_remark()""",
    """CREATE TRIGGER review_remark_forgotten BEFORE UPDATE ON review_remark FOR EACH ROW
        WHEN (NEW.forgotten_at IS DISTINCT FROM OLD.forgotten_at) EXECUTE FUNCTION check_forgetting('body', 'digest')""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
