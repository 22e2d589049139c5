"""Sign-offs of fiscal quarters: the counted figures as signed, and the overdue duties excepted with reasons."""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE campaign (
        campaign_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, period_key text NOT NULL UNIQUE, starts_on date NOT NULL,
        ends_before date NOT NULL, state text NOT NULL DEFAULT 'counted' CHECK (state IN ('counted', 'returned', 'signed')),
        version integer NOT NULL DEFAULT 1, figures bytea NOT NULL, figures_sha256 text NOT NULL, counted_at timestamptz NOT NULL,
        decided_by text, decided_at timestamptz, decision_reason text,
        CONSTRAINT campaign_is_hashed CHECK (figures_sha256 = encode(sha256(figures), 'hex')),
        CONSTRAINT campaign_is_decided CHECK ((state = 'counted') = (decided_by IS NULL)),
        CONSTRAINT campaign_is_returned_with_reason CHECK (state <> 'returned' OR btrim(coalesce(decision_reason, '')) <> ''))""",
    """CREATE TABLE campaign_exception (
        campaign_id bigint NOT NULL REFERENCES campaign, duty_id bigint NOT NULL REFERENCES duty,
        reason text NOT NULL CHECK (btrim(reason) <> ''), person text NOT NULL, excepted_at timestamptz NOT NULL,
        PRIMARY KEY (campaign_id, duty_id))""",
    """CREATE FUNCTION keep_campaign() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.state = 'signed' THEN
                RAISE EXCEPTION 'the sign-off of % is final', OLD.period_key USING ERRCODE = 'check_violation';
            END IF;
            IF NEW.state = 'signed' AND EXISTS (
                SELECT 1 FROM campaign_exception WHERE campaign_id = NEW.campaign_id AND person = NEW.decided_by) THEN
                RAISE EXCEPTION '% excepted duties of %', NEW.decided_by, NEW.period_key USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$""",
    "CREATE TRIGGER campaign_kept BEFORE UPDATE ON campaign FOR EACH ROW EXECUTE FUNCTION keep_campaign()",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
