"""Tables of the reviews room.

The database itself enforces what an auditor relies on: one review per customer, policy line and period; a pack that cannot be
exchanged; a decision by somebody else than the proposer, on exactly the recommendation that was submitted.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE review (
        review_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_key bigint NOT NULL,
        kind text NOT NULL CHECK (kind IN ('periodic', 'event')), policy_line text NOT NULL, period_key text NOT NULL,
        period_months smallint CHECK ((period_months IS NULL) = (kind = 'event')),
        state text NOT NULL CHECK (state IN ('opened', 'assigned', 'in_analysis', 'info_requested', 'recommended',
            'in_approval', 'approved', 'changes_requested', 'rejected', 'closed', 'cancelled')),
        version integer NOT NULL DEFAULT 1, owner text NOT NULL, deputy text, risk_class smallint NOT NULL,
        due_on date NOT NULL, opened_on date NOT NULL, opened_at timestamptz NOT NULL, is_late boolean NOT NULL DEFAULT false,
        calendar_incomplete boolean NOT NULL DEFAULT false, run_id bigint NOT NULL, pack bytea NOT NULL,
        pack_sha256 text NOT NULL, policy_digest text NOT NULL,
        causes text[] NOT NULL DEFAULT '{}', question text, recommendation text,
        proposed_by text, proposed_at timestamptz, decided_by text, decided_at timestamptz, decision_reason text,
        closed_by text, closed_at timestamptz,
        UNIQUE (customer_key, policy_line, period_key),
        CONSTRAINT review_pack_is_hashed CHECK (pack_sha256 = encode(sha256(pack), 'hex')),
        CONSTRAINT review_four_eyes CHECK (decided_by <> proposed_by),
        CONSTRAINT review_proposal_is_signed CHECK ((proposed_by IS NULL) = (proposed_at IS NULL)),
        CONSTRAINT review_decision_is_signed CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
        CONSTRAINT review_has_proposal CHECK (state NOT IN ('recommended', 'in_approval', 'approved', 'changes_requested', 'rejected')
            OR (proposed_by IS NOT NULL AND coalesce(btrim(recommendation), '') <> '')),
        CONSTRAINT review_has_decision CHECK (state NOT IN ('approved', 'changes_requested', 'rejected')
            OR (decided_by IS NOT NULL AND coalesce(btrim(decision_reason), '') <> '')))""",
    "CREATE INDEX review_customer ON review (customer_key, opened_on)",
    "CREATE INDEX review_open ON review (owner, due_on) WHERE state NOT IN ('closed', 'cancelled')",
    """CREATE FUNCTION keep_review() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (NEW.customer_key, NEW.kind, NEW.policy_line, NEW.period_key, NEW.pack, NEW.pack_sha256, NEW.policy_digest, NEW.causes)
                IS DISTINCT FROM
               (OLD.customer_key, OLD.kind, OLD.policy_line, OLD.period_key, OLD.pack, OLD.pack_sha256, OLD.policy_digest, OLD.causes) THEN
                RAISE EXCEPTION 'the pack of review % is frozen', OLD.review_id USING ERRCODE = 'check_violation';
            END IF;
            IF OLD.state IN ('in_approval', 'approved', 'rejected', 'closed')
                AND (NEW.recommendation, NEW.proposed_by) IS DISTINCT FROM (OLD.recommendation, OLD.proposed_by) THEN
                RAISE EXCEPTION 'the recommendation of review % is under decision', OLD.review_id USING ERRCODE = 'check_violation';
            END IF;
            IF OLD.state IN ('approved', 'rejected', 'closed')
                AND (NEW.decided_by, NEW.decision_reason) IS DISTINCT FROM (OLD.decided_by, OLD.decision_reason) THEN
                RAISE EXCEPTION 'review % is decided', OLD.review_id USING ERRCODE = 'check_violation';
            END IF;
            IF NEW.state IN ('approved', 'rejected') AND OLD.state NOT IN ('in_approval', NEW.state) THEN
                RAISE EXCEPTION 'review % was not submitted', OLD.review_id USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$""",
    "CREATE TRIGGER review_kept BEFORE UPDATE ON review FOR EACH ROW EXECUTE FUNCTION keep_review()",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
