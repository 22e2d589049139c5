"""Tables of the measures room: what is done about a customer's risk, who agreed to it, and what became of the customer.

The database itself enforces that what was proposed never changes, that proposer, approver and implementer are different people, that a
measure is approved in all its steps or by its review, that none takes effect without evidence, and that no two of one field wait or
are in force for a customer.
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE measure (
        measure_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_key bigint NOT NULL, kind text NOT NULL, field text NOT NULL,
        effect text NOT NULL CHECK (effect IN ('constrains', 'relaxes', 'supports')),
        state text NOT NULL CHECK (state IN ('proposed', 'approved', 'implemented', 'in_force', 'reversal_asked', 'expired', 'reversed',
            'superseded', 'refused', 'withdrawn', 'lapsed')),
        version integer NOT NULL DEFAULT 1,
        amount numeric(18, 2) CHECK (amount >= 0), currency text, days integer CHECK (days >= 0),
        share_pct numeric(5, 2) CHECK (share_pct BETWEEN 0 AND 100), stage smallint CHECK (stage > 0),
        starts_on date NOT NULL, expires_on date NOT NULL CHECK (expires_on > starts_on), digest text NOT NULL CHECK (length(digest) = 64),
        origin text NOT NULL CHECK (origin IN ('review', 'playbook', 'person')), review_id bigint REFERENCES review,
        step_key bigint REFERENCES step (step_key), renews bigint REFERENCES measure, basis jsonb NOT NULL DEFAULT '{}',
        owner text NOT NULL,
        reason text NOT NULL CHECK (btrim(reason) <> ''), although text, risk_class smallint NOT NULL CHECK (risk_class BETWEEN 0 AND 5),
        policy_version text NOT NULL, policy_digest text NOT NULL, proposed_by text NOT NULL, proposed_at timestamptz NOT NULL,
        approval_steps smallint NOT NULL DEFAULT 0, pre_approved boolean NOT NULL DEFAULT false, approved_by text, approved_at timestamptz,
        decision_reason text, implementer text, implement_by timestamptz, implemented_by text, implemented_at timestamptz, evidence text,
        in_force_on date, before_exposure float8, before_overdue float8, before_class smallint, before_index real,
        reversal_asked_by text, reversal_reason text, ended_by text, ended_on date, end_reason text, undone_by text,
        undone_at timestamptz, undo_evidence text,
        CHECK ((amount IS NULL) = (currency IS NULL)), CHECK ((origin = 'review') = (review_id IS NOT NULL)),
        CHECK ((origin = 'playbook') = (step_key IS NOT NULL)), CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
        CHECK ((implemented_by IS NULL) = (implemented_at IS NULL)), CHECK ((undone_by IS NULL) = (undone_at IS NULL)),
        CHECK (NOT pre_approved OR (approved_by IS NULL AND effect <> 'relaxes' AND origin = 'playbook')),
        CONSTRAINT measure_four_eyes CHECK (approved_by <> proposed_by),
        CONSTRAINT measure_implementer CHECK (implemented_by IS NULL OR (implemented_by IS DISTINCT FROM approved_by
            AND (risk_class IN (1, 2) OR implemented_by <> proposed_by))),
        CONSTRAINT measure_is_agreed CHECK (state NOT IN ('approved', 'implemented', 'in_force', 'reversal_asked', 'superseded', 'reversed')
            OR pre_approved OR approved_by IS NOT NULL),
        CONSTRAINT measure_is_evidenced CHECK (state NOT IN ('implemented', 'in_force', 'reversal_asked', 'superseded', 'reversed')
            OR (implemented_by IS NOT NULL AND coalesce(btrim(evidence), '') <> '')),
        CONSTRAINT measure_starts CHECK (state NOT IN ('in_force', 'reversal_asked', 'superseded', 'reversed')
            OR (in_force_on IS NOT NULL AND in_force_on >= starts_on)),
        CONSTRAINT measure_relief_takes_two CHECK (state <> 'reversed' OR effect <> 'constrains'
            OR (reversal_asked_by IS NOT NULL AND ended_by <> reversal_asked_by)),
        CHECK (undone_by IS NULL OR coalesce(btrim(undo_evidence), '') <> ''))""",
    "CREATE INDEX measure_customer ON measure (customer_key)",
    "CREATE INDEX measure_review ON measure (review_id) WHERE review_id IS NOT NULL",
    "CREATE UNIQUE INDEX measure_step ON measure (step_key) WHERE step_key IS NOT NULL",
    "CREATE UNIQUE INDEX measure_waiting ON measure (customer_key, field) WHERE state IN ('proposed', 'approved', 'implemented')",
    "CREATE UNIQUE INDEX measure_standing ON measure (customer_key, field) WHERE state IN ('in_force', 'reversal_asked')",
    "CREATE INDEX measure_open ON measure (expires_on) WHERE state IN ('proposed', 'approved', 'implemented', 'in_force', 'reversal_asked')",
    "CREATE INDEX measure_began ON measure (in_force_on) WHERE in_force_on IS NOT NULL",
    """CREATE TABLE measure_approval (
        measure_id bigint NOT NULL REFERENCES measure, step smallint NOT NULL CHECK (step BETWEEN 1 AND 4),
        roles text[] NOT NULL CHECK (cardinality(roles) > 0), asked text, duty_kind text,
        state text NOT NULL CHECK (state IN ('waiting', 'open', 'approved', 'refused')), digest text NOT NULL,
        decided_by text, decided_at timestamptz, reason text, PRIMARY KEY (measure_id, step),
        CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
        CHECK (state NOT IN ('approved', 'refused') OR (decided_by IS NOT NULL AND coalesce(btrim(reason), '') <> '')))""",
    """CREATE TABLE measure_effect (
        measure_id bigint NOT NULL REFERENCES measure, after_days smallint NOT NULL, measured_on date NOT NULL,
        exposure float8 NOT NULL, overdue float8 NOT NULL, risk_class smallint NOT NULL, index_points real NOT NULL,
        peers integer NOT NULL, peer_exposure_pct float8, peer_overdue_pct float8, peer_class_steps float8,
        measured_at timestamptz NOT NULL, PRIMARY KEY (measure_id, after_days))""",
    """CREATE FUNCTION keep_measure() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (NEW.kind, NEW.field, NEW.effect, NEW.amount, NEW.currency, NEW.days, NEW.share_pct, NEW.stage, NEW.starts_on, NEW.expires_on,
                NEW.digest, NEW.origin, NEW.review_id, NEW.step_key, NEW.reason, NEW.risk_class, NEW.proposed_by, NEW.pre_approved)
                IS DISTINCT FROM
               (OLD.kind, OLD.field, OLD.effect, OLD.amount, OLD.currency, OLD.days, OLD.share_pct, OLD.stage, OLD.starts_on, OLD.expires_on,
                OLD.digest, OLD.origin, OLD.review_id, OLD.step_key, OLD.reason, OLD.risk_class, OLD.proposed_by, OLD.pre_approved) THEN
                RAISE EXCEPTION 'what measure % says is fixed; propose another one', OLD.measure_id USING ERRCODE = 'check_violation';
            END IF;
            IF NEW.customer_key <> OLD.customer_key AND NOT EXISTS (SELECT FROM customer
                WHERE customer_key = OLD.customer_key AND merged_into = NEW.customer_key) THEN
                RAISE EXCEPTION 'measure % belongs to another customer', OLD.measure_id USING ERRCODE = 'check_violation';
            END IF;
            IF OLD.approved_by IS NOT NULL AND NEW.approved_by IS DISTINCT FROM OLD.approved_by
               OR OLD.implemented_by IS NOT NULL AND (NEW.implemented_by, NEW.evidence) IS DISTINCT FROM (OLD.implemented_by, OLD.evidence) THEN
                RAISE EXCEPTION 'measure % is signed already', OLD.measure_id USING ERRCODE = 'check_violation';
            END IF;
            IF NEW.state = 'approved' AND OLD.state = 'proposed' AND NOT NEW.pre_approved THEN
                IF NEW.review_id IS NOT NULL AND NOT EXISTS (SELECT FROM review
                    WHERE review_id = NEW.review_id AND state = 'approved' AND decided_by = NEW.approved_by) THEN
                    RAISE EXCEPTION 'measure % is not approved by its review', OLD.measure_id USING ERRCODE = 'check_violation';
                END IF;
                IF NEW.review_id IS NULL AND (NEW.approval_steps < 1 OR NEW.approval_steps <> (SELECT count(*) FROM measure_approval AS a
                    WHERE a.measure_id = NEW.measure_id AND a.state = 'approved' AND a.digest = NEW.digest)) THEN
                    RAISE EXCEPTION 'measure % is not approved in all its steps', OLD.measure_id USING ERRCODE = 'check_violation';
                END IF;
            END IF;
            IF NEW.implemented_by IS DISTINCT FROM OLD.implemented_by AND (
                EXISTS (SELECT FROM measure_approval AS a WHERE a.measure_id = NEW.measure_id AND a.decided_by = NEW.implemented_by)
                OR EXISTS (SELECT FROM review INNER JOIN review_approval AS a ON a.review_id = review.review_id AND a.round = review.approval_round
                    WHERE review.review_id = NEW.review_id AND a.decided_by = NEW.implemented_by)) THEN
                RAISE EXCEPTION 'measure_implementer: % approved measure % and cannot carry it out', NEW.implemented_by, OLD.measure_id
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$""",
    "CREATE TRIGGER measure_kept BEFORE UPDATE ON measure FOR EACH ROW EXECUTE FUNCTION keep_measure()",
    """CREATE FUNCTION keep_measure_approval() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND ((NEW.digest, NEW.roles, NEW.measure_id, NEW.step) IS DISTINCT FROM
                (OLD.digest, OLD.roles, OLD.measure_id, OLD.step) OR OLD.decided_by IS NOT NULL) THEN
                RAISE EXCEPTION 'step % of measure % is fixed', OLD.step, OLD.measure_id USING ERRCODE = 'check_violation';
            END IF;
            IF NEW.decided_by IS NOT NULL AND (EXISTS (SELECT FROM measure WHERE measure_id = NEW.measure_id AND proposed_by = NEW.decided_by)
                OR EXISTS (SELECT FROM measure_approval AS other WHERE other.measure_id = NEW.measure_id
                    AND other.step <> NEW.step AND other.decided_by = NEW.decided_by)) THEN
                RAISE EXCEPTION 'measure_four_eyes: % proposed or approved measure % already', NEW.decided_by, NEW.measure_id
                    USING ERRCODE = 'check_violation';
            END IF;
            IF NEW.state = 'approved' AND EXISTS (SELECT FROM measure_approval AS before WHERE before.measure_id = NEW.measure_id
                AND before.step < NEW.step AND before.state <> 'approved') THEN
                RAISE EXCEPTION 'a step before step % of measure % is not approved', NEW.step, NEW.measure_id USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$""",
    """CREATE TRIGGER measure_approval_kept BEFORE INSERT OR UPDATE ON measure_approval
        FOR EACH ROW EXECUTE FUNCTION keep_measure_approval()""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
