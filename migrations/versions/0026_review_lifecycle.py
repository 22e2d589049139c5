"""The whole life of a review: its types, the checklist, questions, approval in steps, implementation, appeal, suspension.

The database itself enforces that proposer, approvers and implementer are different people, that what is approved is what was
submitted on the facts as they were last frozen, and that no mandatory question of the checklist is left open.
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """ALTER TABLE review
        DROP CONSTRAINT review_kind_check, DROP CONSTRAINT review_check, DROP CONSTRAINT review_state_check,
        DROP CONSTRAINT review_has_proposal, DROP CONSTRAINT review_has_decision,
        ALTER COLUMN pack DROP NOT NULL, ALTER COLUMN pack_sha256 DROP NOT NULL, ALTER COLUMN run_id DROP NOT NULL,
        ALTER COLUMN policy_digest DROP NOT NULL,
        ADD COLUMN snapshot_sha256 text, ADD COLUMN checklist_digest text, ADD COLUMN requested_by text, ADD COLUMN reason text,
        ADD COLUMN measures text[] NOT NULL DEFAULT '{}', ADD COLUMN approval_round smallint NOT NULL DEFAULT 0,
        ADD COLUMN approval_steps smallint NOT NULL DEFAULT 0, ADD COLUMN implemented_by text, ADD COLUMN implemented_at timestamptz,
        ADD COLUMN suspended_until date, ADD COLUMN appealed_by text, ADD COLUMN appeal_reason text, ADD COLUMN appeal_decided_by text,
        ADD COLUMN outcome text CHECK (outcome IN ('confirmed_risk', 'useful_alert', 'false_positive')),
        ADD CONSTRAINT review_kind_known CHECK (kind IN ('periodic', 'event', 'new', 'limit_request', 'appeal', 'thematic')),
        ADD CONSTRAINT review_period CHECK ((period_months IS NOT NULL) = (kind = 'periodic')),
        ADD CONSTRAINT review_is_asked_for CHECK (kind IN ('periodic', 'event') OR (requested_by IS NOT NULL AND btrim(reason) <> '')),
        ADD CONSTRAINT review_state_known CHECK (state IN ('planned', 'opened', 'assigned', 'in_analysis', 'info_requested', 'recommended',
            'in_approval', 'approved', 'changes_requested', 'rejected', 'implementing', 'closed', 'cancelled', 'suspended', 'appealed',
            'reopened')),
        ADD CONSTRAINT review_is_packed CHECK (state IN ('planned', 'cancelled')
            OR (pack IS NOT NULL AND pack_sha256 IS NOT NULL AND run_id IS NOT NULL AND policy_digest IS NOT NULL)),
        ADD CONSTRAINT review_has_proposal CHECK (state NOT IN ('recommended', 'in_approval', 'approved', 'changes_requested', 'rejected',
            'implementing', 'appealed') OR (proposed_by IS NOT NULL AND coalesce(btrim(recommendation), '') <> '')),
        ADD CONSTRAINT review_has_decision CHECK (state NOT IN ('approved', 'changes_requested', 'rejected', 'implementing', 'appealed')
            OR (decided_by IS NOT NULL AND coalesce(btrim(decision_reason), '') <> '')),
        ADD CONSTRAINT review_implementer CHECK (implemented_by IS NULL OR (implemented_by <> decided_by
            AND (risk_class IN (1, 2) OR implemented_by <> proposed_by))),
        ADD CONSTRAINT review_appeal_judge CHECK (appeal_decided_by <> appealed_by AND appeal_decided_by <> decided_by),
        ADD CONSTRAINT review_sleeps_until CHECK (state <> 'suspended' OR suspended_until IS NOT NULL)""",
    "UPDATE review SET snapshot_sha256 = pack_sha256",
    """CREATE TABLE review_checklist (
        digest text PRIMARY KEY, items jsonb NOT NULL, content bytea NOT NULL, first_used_at timestamptz NOT NULL,
        CHECK (digest = encode(sha256(content), 'hex')))""",
    """CREATE TABLE review_answer (
        review_id bigint NOT NULL REFERENCES review, item_id text NOT NULL,
        answer text NOT NULL CHECK (answer IN ('yes', 'no', 'not_applicable')), note text, evidence text,
        answered_by text NOT NULL, answered_at timestamptz NOT NULL, PRIMARY KEY (review_id, item_id))""",
    """CREATE TABLE review_question (
        question_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, review_id bigint NOT NULL REFERENCES review,
        question text NOT NULL, asked_of text NOT NULL, asked_by text NOT NULL, asked_at timestamptz NOT NULL, due_at timestamptz NOT NULL,
        duty_kind text NOT NULL, answer text, answered_by text, answered_at timestamptz, CHECK ((answer IS NULL) = (answered_at IS NULL)))""",
    "CREATE UNIQUE INDEX review_question_open ON review_question (review_id) WHERE answered_at IS NULL",
    """CREATE TABLE review_snapshot (
        review_id bigint NOT NULL REFERENCES review, number smallint NOT NULL CHECK (number >= 2), body bytea NOT NULL,
        sha256 text NOT NULL CHECK (sha256 = encode(sha256(body), 'hex')), frozen_at timestamptz NOT NULL, frozen_by text NOT NULL,
        material text[] NOT NULL, PRIMARY KEY (review_id, number))""",
    """CREATE TABLE review_approval (
        review_id bigint NOT NULL REFERENCES review, round smallint NOT NULL, step smallint NOT NULL CHECK (step BETWEEN 1 AND 4),
        roles text[] NOT NULL CHECK (cardinality(roles) > 0), asked text, duty_kind text,
        state text NOT NULL CHECK (state IN ('waiting', 'open', 'approved', 'returned', 'rejected', 'void')),
        digest text NOT NULL, decided_by text, decided_at timestamptz, reason text, PRIMARY KEY (review_id, round, step),
        CHECK ((decided_by IS NULL) = (decided_at IS NULL)), CHECK (state NOT IN ('approved', 'returned', 'rejected')
            OR (decided_by IS NOT NULL AND coalesce(btrim(reason), '') <> '')))""",
    """CREATE FUNCTION keep_approval() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND (NEW.digest, NEW.roles, NEW.review_id, NEW.round, NEW.step) IS DISTINCT FROM
                (OLD.digest, OLD.roles, OLD.review_id, OLD.round, OLD.step) THEN
                RAISE EXCEPTION 'what is to be approved of review % is fixed', OLD.review_id USING ERRCODE = 'check_violation';
            END IF;
            IF TG_OP = 'UPDATE' AND OLD.decided_by IS NOT NULL AND (NEW.decided_by IS DISTINCT FROM OLD.decided_by OR NEW.state NOT IN (OLD.state, 'void')) THEN
                RAISE EXCEPTION 'step % of review % is decided', OLD.step, OLD.review_id USING ERRCODE = 'check_violation';
            END IF;
            IF NEW.decided_by IS NOT NULL AND (EXISTS (SELECT FROM review WHERE review_id = NEW.review_id AND proposed_by = NEW.decided_by)
                OR EXISTS (SELECT FROM review_approval AS other WHERE other.review_id = NEW.review_id AND other.round = NEW.round
                    AND other.step <> NEW.step AND other.decided_by = NEW.decided_by)) THEN
                RAISE EXCEPTION 'review_four_eyes: % proposed or approved review % already', NEW.decided_by, NEW.review_id
                    USING ERRCODE = 'check_violation';
            END IF;
            IF NEW.state = 'approved' AND EXISTS (SELECT FROM review_approval AS before WHERE before.review_id = NEW.review_id
                AND before.round = NEW.round AND before.step < NEW.step AND before.state <> 'approved') THEN
                RAISE EXCEPTION 'a step before step % of review % is not approved', NEW.step, NEW.review_id USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$""",
    "CREATE TRIGGER review_approval_kept BEFORE INSERT OR UPDATE ON review_approval FOR EACH ROW EXECUTE FUNCTION keep_approval()",
    """CREATE FUNCTION keep_snapshot() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'a frozen snapshot is never changed: % refused', TG_OP USING ERRCODE = 'check_violation'; END $$""",
    "CREATE TRIGGER review_snapshot_kept BEFORE UPDATE OR DELETE ON review_snapshot FOR EACH ROW EXECUTE FUNCTION keep_snapshot()",
    "CREATE TRIGGER review_checklist_kept BEFORE UPDATE OR DELETE ON review_checklist FOR EACH ROW EXECUTE FUNCTION keep_snapshot()",
    """CREATE FUNCTION review_digest(snapshot text, measures text[], recommendation text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
        SELECT encode(sha256(convert_to(snapshot || chr(10) || array_to_string(measures, ',') || chr(10) || coalesce(recommendation, ''), 'UTF8')), 'hex')
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
                AND (NEW.recommendation, NEW.measures, NEW.proposed_by) IS DISTINCT FROM (OLD.recommendation, OLD.measures, OLD.proposed_by) THEN
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
                    AND a.state = 'approved' AND a.digest = review_digest(NEW.snapshot_sha256, NEW.measures, NEW.recommendation))) THEN
                RAISE EXCEPTION 'review % is not approved in all its steps as it stands', OLD.review_id USING ERRCODE = 'check_violation';
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
