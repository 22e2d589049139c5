"""Binds the approval of a review to every parameter of the measures it recommends.

``terms_sha256`` is the SHA-256 of the digests of its measures; it is part of what an approval is bound to, and the database compares it
with the measures themselves. Empty where no measure is recommended, and for reviews from before there were typed measures.
"""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    "ALTER TABLE review ADD COLUMN terms_sha256 text NOT NULL DEFAULT ''",
    """CREATE FUNCTION review_digest(snapshot text, measures text[], recommendation text, terms text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
        SELECT encode(sha256(convert_to(snapshot || chr(10) || array_to_string(measures, ',') || chr(10) || coalesce(recommendation, '')
            || CASE WHEN terms = '' THEN '' ELSE chr(10) || terms END, 'UTF8')), 'hex')
        $$""",
    """CREATE OR REPLACE FUNCTION keep_review() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (NEW.customer_key, NEW.kind, NEW.policy_line, NEW.period_key) IS DISTINCT FROM
               (OLD.customer_key, OLD.kind, OLD.policy_line, OLD.period_key)
               OR (OLD.pack IS NOT NULL AND (NEW.pack, NEW.pack_sha256, NEW.policy_digest, NEW.causes, NEW.checklist_digest) IS DISTINCT FROM
                   (OLD.pack, OLD.pack_sha256, OLD.policy_digest, OLD.causes, OLD.checklist_digest)) THEN
                RAISE EXCEPTION 'the pack of review % is frozen', OLD.review_id USING ERRCODE = 'check_violation';
            END IF;
            IF OLD.state IN ('in_approval', 'approved', 'implementing', 'rejected', 'appealed', 'closed')
                AND (NEW.recommendation, NEW.measures, NEW.terms_sha256, NEW.proposed_by) IS DISTINCT FROM
                (OLD.recommendation, OLD.measures, OLD.terms_sha256, OLD.proposed_by) THEN
                RAISE EXCEPTION 'the recommendation of review % is under decision', OLD.review_id USING ERRCODE = 'check_violation';
            END IF;
            IF OLD.state IN ('approved', 'implementing', 'rejected', 'appealed', 'closed')
                AND (NEW.decided_by, NEW.decision_reason) IS DISTINCT FROM (OLD.decided_by, OLD.decision_reason) THEN
                RAISE EXCEPTION 'review % is decided', OLD.review_id USING ERRCODE = 'check_violation';
            END IF;
            IF NEW.state IN ('approved', 'rejected') AND OLD.state NOT IN ('in_approval', NEW.state)
                AND NOT (OLD.state = 'appealed' AND NEW.state = 'rejected') THEN
                RAISE EXCEPTION 'review % was not submitted', OLD.review_id USING ERRCODE = 'check_violation';
            END IF;
            IF NEW.state = 'in_approval' AND OLD.state <> 'in_approval' AND EXISTS (
                SELECT FROM review_checklist AS c, jsonb_array_elements(c.items) AS item
                WHERE c.digest = NEW.checklist_digest AND (item ->> 'mandatory')::boolean AND NOT EXISTS (
                    SELECT FROM review_answer AS a WHERE a.review_id = NEW.review_id AND a.item_id = item ->> 'id')) THEN
                RAISE EXCEPTION 'the checklist of review % has open mandatory questions', OLD.review_id USING ERRCODE = 'check_violation';
            END IF;
            IF NEW.state = 'approved' AND OLD.state <> 'approved' AND (NEW.approval_steps < 1 OR NEW.approval_steps <> (
                SELECT count(*) FROM review_approval AS a WHERE a.review_id = NEW.review_id AND a.round = NEW.approval_round
                    AND a.state = 'approved' AND a.digest = review_digest(NEW.snapshot_sha256, NEW.measures, NEW.recommendation, NEW.terms_sha256))) THEN
                RAISE EXCEPTION 'review % is not approved in all its steps as it stands', OLD.review_id USING ERRCODE = 'check_violation';
            END IF;
            IF NEW.state = 'approved' AND OLD.state <> 'approved' AND NEW.terms_sha256 <> '' AND NEW.terms_sha256 IS DISTINCT FROM (
                SELECT encode(sha256(convert_to(string_agg(m.digest, chr(10) ORDER BY m.digest COLLATE "C"), 'UTF8')), 'hex') FROM measure AS m
                WHERE m.review_id = NEW.review_id AND m.state = 'proposed') THEN
                RAISE EXCEPTION 'the measures of review % are not those that were approved', OLD.review_id USING ERRCODE = 'check_violation';
            END IF;
            IF NEW.implemented_by IS DISTINCT FROM OLD.implemented_by AND EXISTS (SELECT FROM review_approval AS a
                WHERE a.review_id = NEW.review_id AND a.round = NEW.approval_round AND a.decided_by = NEW.implemented_by) THEN
                RAISE EXCEPTION 'review_implementer: % approved review % and cannot carry it out', NEW.implemented_by, OLD.review_id
                    USING ERRCODE = 'check_violation';
            END IF;
            IF NEW.state = 'closed' AND OLD.state = 'approved' AND cardinality(NEW.measures) > 0 THEN
                RAISE EXCEPTION 'the measures of review % are not carried out', OLD.review_id USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
