"""The policy gate: sets of policy files, their back-tests, proposals, and which set is in force from when.

The database itself holds what an auditor relies on: sets, back-tests and activations are only ever added; what was proposed cannot be
exchanged; whoever proposes does not decide; the approver names the digest that was proposed; only what was approved comes into force,
but for the first set, which is installed once.
"""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE policy_set (
        digest text PRIMARY KEY CHECK (digest ~ '^[0-9a-f]{64}$'), files jsonb NOT NULL, risk_version text NOT NULL,
        kept_by text NOT NULL, kept_at timestamptz NOT NULL)""",
    """CREATE TABLE policy_backtest (
        backtest_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, digest text NOT NULL UNIQUE CHECK (digest ~ '^[0-9a-f]{64}$'),
        set_digest text NOT NULL REFERENCES policy_set, base_digest text NOT NULL REFERENCES policy_set,
        as_of date NOT NULL, customers bigint NOT NULL, exposure numeric NOT NULL, is_point_in_time boolean NOT NULL,
        report text NOT NULL, seconds double precision NOT NULL, made_by text NOT NULL, made_at timestamptz NOT NULL)""",
    "CREATE INDEX policy_backtest_set ON policy_backtest (set_digest, backtest_id)",
    """CREATE TABLE policy_proposal (
        proposal_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text NOT NULL CHECK (kind IN ('change', 'rollback')),
        state text NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'approved', 'active', 'rejected', 'void')),
        version integer NOT NULL DEFAULT 1,
        set_digest text NOT NULL REFERENCES policy_set, base_digest text NOT NULL REFERENCES policy_set,
        backtest_id bigint REFERENCES policy_backtest, bound_digest text NOT NULL CHECK (bound_digest ~ '^[0-9a-f]{64}$'),
        effective_from date NOT NULL, reason text NOT NULL CHECK (btrim(reason) <> ''),
        proposed_by text NOT NULL, proposed_at timestamptz NOT NULL, proposed_on date NOT NULL,
        decided_by text, decided_at timestamptz, decided_digest text, decision_reason text,
        ended_by text, ended_at timestamptz, end_reason text,
        CONSTRAINT policy_proposal_changes CHECK (set_digest <> base_digest),
        CONSTRAINT policy_proposal_is_tried CHECK ((backtest_id IS NOT NULL) = (kind = 'change')),
        CONSTRAINT policy_proposal_looks_ahead CHECK (effective_from >= proposed_on),
        CONSTRAINT policy_proposal_four_eyes CHECK (decided_by <> proposed_by),
        CONSTRAINT policy_proposal_decision_is_signed CHECK ((decided_by IS NULL) = (decided_at IS NULL)
            AND (decided_by IS NULL) = (coalesce(btrim(decision_reason), '') = '')),
        CONSTRAINT policy_proposal_approval_is_bound CHECK (state NOT IN ('approved', 'active')
            OR (decided_by IS NOT NULL AND decided_digest IS NOT DISTINCT FROM bound_digest)),
        CONSTRAINT policy_proposal_end_is_told CHECK (state <> 'void' OR (ended_by IS NOT NULL AND btrim(coalesce(end_reason, '')) <> '')))""",
    "CREATE UNIQUE INDEX policy_proposal_open ON policy_proposal (set_digest) WHERE state IN ('proposed', 'approved')",
    """CREATE TABLE policy_activation (
        activation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, set_digest text NOT NULL REFERENCES policy_set,
        effective_from date NOT NULL, proposal_id bigint UNIQUE REFERENCES policy_proposal,
        activated_by text NOT NULL, activated_at timestamptz NOT NULL)""",
    "CREATE UNIQUE INDEX policy_activation_installed ON policy_activation ((proposal_id IS NULL)) WHERE proposal_id IS NULL",
    "CREATE INDEX policy_activation_day ON policy_activation (effective_from DESC, activation_id DESC)",
    """CREATE FUNCTION keep_policy_rows() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '% is only ever added to: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'check_violation'; END $$""",
    *(
        statement
        for table in ("policy_set", "policy_backtest", "policy_activation")
        for statement in (
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION keep_policy_rows()",
            f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION keep_policy_rows()",
        )
    ),
    """CREATE FUNCTION keep_policy_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (NEW.kind, NEW.set_digest, NEW.base_digest, NEW.backtest_id, NEW.bound_digest, NEW.effective_from, NEW.reason,
                NEW.proposed_by, NEW.proposed_at, NEW.proposed_on) IS DISTINCT FROM
               (OLD.kind, OLD.set_digest, OLD.base_digest, OLD.backtest_id, OLD.bound_digest, OLD.effective_from, OLD.reason,
                OLD.proposed_by, OLD.proposed_at, OLD.proposed_on) THEN
                RAISE EXCEPTION 'what proposal % says is frozen', OLD.proposal_id USING ERRCODE = 'check_violation';
            END IF;
            IF OLD.decided_by IS NOT NULL AND (NEW.decided_by, NEW.decided_at, NEW.decided_digest, NEW.decision_reason)
                IS DISTINCT FROM (OLD.decided_by, OLD.decided_at, OLD.decided_digest, OLD.decision_reason) THEN
                RAISE EXCEPTION 'proposal % is decided', OLD.proposal_id USING ERRCODE = 'check_violation';
            END IF;
            IF OLD.state IN ('rejected', 'void', 'active') AND NEW.state <> OLD.state THEN
                RAISE EXCEPTION 'proposal % has ended', OLD.proposal_id USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$""",
    "CREATE TRIGGER policy_proposal_kept BEFORE UPDATE ON policy_proposal FOR EACH ROW EXECUTE FUNCTION keep_policy_proposal()",
    "CREATE TRIGGER policy_proposal_stays BEFORE DELETE ON policy_proposal FOR EACH ROW EXECUTE FUNCTION keep_policy_rows()",
    """CREATE FUNCTION check_policy_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.backtest_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM policy_backtest AS tried WHERE tried.backtest_id = NEW.backtest_id AND tried.set_digest = NEW.set_digest
                    AND tried.base_digest = NEW.base_digest AND tried.digest = NEW.bound_digest AND tried.is_point_in_time) THEN
                RAISE EXCEPTION 'policy_proposal_is_tried: no back-test of exactly this set' USING ERRCODE = 'check_violation';
            END IF;
            IF NEW.kind = 'rollback' AND (NEW.bound_digest <> NEW.set_digest OR NOT EXISTS (
                SELECT FROM policy_activation AS earlier WHERE earlier.set_digest = NEW.set_digest)) THEN
                RAISE EXCEPTION 'policy_proposal_was_active: only a set that was in force is gone back to' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$""",
    "CREATE TRIGGER policy_proposal_checked BEFORE INSERT ON policy_proposal FOR EACH ROW EXECUTE FUNCTION check_policy_proposal()",
    """CREATE FUNCTION check_policy_activation() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.proposal_id IS NULL THEN
                IF EXISTS (SELECT FROM policy_activation) THEN
                    RAISE EXCEPTION 'policy_activation_installed: only the first set is installed' USING ERRCODE = 'check_violation';
                END IF;
            ELSIF NOT EXISTS (
                SELECT FROM policy_proposal AS granted WHERE granted.proposal_id = NEW.proposal_id AND granted.state IN ('approved', 'active')
                    AND granted.set_digest = NEW.set_digest AND granted.effective_from <= NEW.effective_from) THEN
                RAISE EXCEPTION 'policy_activation_is_approved: only an approved set comes into force' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$""",
    "CREATE TRIGGER policy_activation_checked BEFORE INSERT ON policy_activation FOR EACH ROW EXECUTE FUNCTION check_policy_activation()",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
