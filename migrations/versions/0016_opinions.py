"""Opinions of people on a class, and their layer in the assessment.

The database itself enforces what an auditor relies on: one proposal and one standing opinion per customer and subject, what was proposed
cannot be exchanged, whoever proposes does not decide, and what makes a customer look better was granted by a second person of higher rank.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE opinion (
        opinion_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_key bigint NOT NULL,
        kind text NOT NULL CHECK (kind IN ('worse', 'better', 'ring_fence', 'closure')),
        subject text NOT NULL GENERATED ALWAYS AS (CASE WHEN kind IN ('worse', 'better') THEN 'class' ELSE kind END) STORED,
        state text NOT NULL DEFAULT 'proposed'
            CHECK (state IN ('proposed', 'approved', 'active', 'refused', 'expired', 'revoked', 'lapsed')),
        version integer NOT NULL DEFAULT 1,
        risk_class smallint CHECK (risk_class BETWEEN 1 AND 5), reason text NOT NULL, statement text NOT NULL, source text NOT NULL,
        horizon_on date NOT NULL, probation_days integer CHECK (probation_days >= 0),
        author text NOT NULL, author_rank smallint NOT NULL, proposed_at timestamptz NOT NULL, proposed_on date NOT NULL,
        assessed_on date NOT NULL, class_without smallint NOT NULL CHECK (class_without BETWEEN 0 AND 5),
        known_alarms bigint NOT NULL, known_floor smallint NOT NULL, known_floor_code smallint NOT NULL,
        needs_second boolean NOT NULL, policy_version text NOT NULL, policy_digest text NOT NULL, digest text NOT NULL,
        decided_by text, decided_rank smallint, decided_at timestamptz, decision_reason text,
        effective_on date, valid_until date, ended_on date, ended_by text, end_reason text,
        CONSTRAINT opinion_is_said CHECK (btrim(statement) <> '' AND btrim(source) <> ''),
        CONSTRAINT opinion_names_a_class CHECK ((risk_class IS NOT NULL) = (kind IN ('worse', 'better'))),
        CONSTRAINT opinion_closure_has_probation CHECK ((probation_days IS NOT NULL) = (kind = 'closure')),
        CONSTRAINT opinion_looks_ahead CHECK (horizon_on > proposed_on),
        CONSTRAINT opinion_better_needs_two CHECK (kind = 'worse' OR needs_second),
        CONSTRAINT opinion_four_eyes CHECK (decided_by <> author),
        CONSTRAINT opinion_decision_is_signed CHECK (
            (decided_by IS NULL) = (decided_at IS NULL) AND (decided_by IS NULL) = (decided_rank IS NULL)
            AND (decided_by IS NULL) = (coalesce(btrim(decision_reason), '') = '')),
        CONSTRAINT opinion_is_decided CHECK (state NOT IN ('approved', 'active', 'expired') OR NOT needs_second OR decided_by IS NOT NULL),
        CONSTRAINT opinion_higher_rank CHECK (
            state NOT IN ('approved', 'active', 'expired') OR kind = 'worse' OR decided_rank > author_rank),
        CONSTRAINT opinion_is_dated CHECK (
            state NOT IN ('approved', 'active', 'expired')
            OR (effective_on >= proposed_on AND valid_until >= effective_on AND valid_until <= horizon_on)),
        CONSTRAINT opinion_end_is_told CHECK ((ended_on IS NULL) = (end_reason IS NULL) AND (ended_on IS NULL) = (ended_by IS NULL)))""",
    "CREATE UNIQUE INDEX opinion_proposal ON opinion (customer_key, subject) WHERE state = 'proposed'",
    "CREATE UNIQUE INDEX opinion_standing ON opinion (customer_key, subject) WHERE state IN ('approved', 'active')",
    "CREATE INDEX opinion_effective ON opinion (effective_on) WHERE effective_on IS NOT NULL",
    """CREATE FUNCTION keep_opinion() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (NEW.customer_key, NEW.kind, NEW.risk_class, NEW.reason, NEW.statement, NEW.source, NEW.horizon_on, NEW.probation_days,
                NEW.author, NEW.author_rank, NEW.proposed_at, NEW.proposed_on, NEW.assessed_on, NEW.class_without, NEW.known_alarms,
                NEW.known_floor, NEW.known_floor_code, NEW.needs_second, NEW.policy_digest, NEW.digest)
                IS DISTINCT FROM
               (OLD.customer_key, OLD.kind, OLD.risk_class, OLD.reason, OLD.statement, OLD.source, OLD.horizon_on, OLD.probation_days,
                OLD.author, OLD.author_rank, OLD.proposed_at, OLD.proposed_on, OLD.assessed_on, OLD.class_without, OLD.known_alarms,
                OLD.known_floor, OLD.known_floor_code, OLD.needs_second, OLD.policy_digest, OLD.digest) THEN
                RAISE EXCEPTION 'what opinion % says is frozen', OLD.opinion_id USING ERRCODE = 'check_violation';
            END IF;
            IF OLD.state <> 'proposed' AND (NEW.decided_by, NEW.decided_rank, NEW.decision_reason, NEW.effective_on, NEW.valid_until)
                IS DISTINCT FROM (OLD.decided_by, OLD.decided_rank, OLD.decision_reason, OLD.effective_on, OLD.valid_until) THEN
                RAISE EXCEPTION 'opinion % is decided', OLD.opinion_id USING ERRCODE = 'check_violation';
            END IF;
            IF OLD.state IN ('refused', 'expired', 'revoked', 'lapsed') AND NEW.state <> OLD.state THEN
                RAISE EXCEPTION 'opinion % has ended', OLD.opinion_id USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$""",
    "CREATE TRIGGER opinion_kept BEFORE UPDATE ON opinion FOR EACH ROW EXECUTE FUNCTION keep_opinion()",
    """ALTER TABLE current_assessment
        ADD COLUMN class_without_opinion smallint NOT NULL DEFAULT 0 CHECK (class_without_opinion BETWEEN 0 AND 5),
        ADD COLUMN opinion_class smallint NOT NULL DEFAULT 0 CHECK (opinion_class BETWEEN 0 AND 5), ADD COLUMN opinion_id bigint""",
    "UPDATE current_assessment SET class_without_opinion = evaluated_class",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
