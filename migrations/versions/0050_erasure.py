"""A customer's personal data are erased by two people, unless a legal hold forbids it.

What a customer was known as before is otherwise never rewritten; of one whose erasure was decided, name and registration number may be taken away
there too, and nothing else.
"""

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE TABLE erasure (
        erasure_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_key bigint NOT NULL,
        state text NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'erased', 'withdrawn')), version integer NOT NULL DEFAULT 1,
        reason text NOT NULL, proposed_by text NOT NULL, proposed_at timestamptz NOT NULL,
        decided_by text, decided_at timestamptz, decision_reason text,
        CHECK ((state = 'proposed') = (decided_by IS NULL)), CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
        CONSTRAINT erasure_two_persons CHECK (state <> 'erased' OR decided_by <> proposed_by))""",
    "CREATE UNIQUE INDEX erasure_open ON erasure (customer_key) WHERE state = 'proposed'",
    "CREATE INDEX erasure_customer ON erasure (customer_key, state)",
    """CREATE TABLE legal_hold (
        hold_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_key bigint NOT NULL,
        state text NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'released')), version integer NOT NULL DEFAULT 1,
        reason text NOT NULL, placed_by text NOT NULL, placed_at timestamptz NOT NULL,
        released_by text, released_at timestamptz, release_reason text, CHECK ((state = 'held') = (released_by IS NULL)))""",
    "CREATE UNIQUE INDEX legal_hold_open ON legal_hold (customer_key) WHERE state = 'held'",
    """CREATE FUNCTION refuse_rewriting_but_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND NEW.name IS NULL AND NEW.tax_id IS NULL
                AND to_jsonb(NEW) - 'name' - 'tax_id' = to_jsonb(OLD) - 'name' - 'tax_id'
                AND EXISTS (SELECT 1 FROM erasure AS e LEFT JOIN customer AS c ON c.merged_into = e.customer_key
                    WHERE e.state = 'erased' AND OLD.customer_key IN (e.customer_key, c.customer_key)) THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'what was known is never rewritten: % on % refused', TG_OP, TG_TABLE_NAME;
        END $$""",
    *(
        f"""CREATE OR REPLACE TRIGGER {table}_history_rows BEFORE UPDATE OR DELETE ON {table}_history
        FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_but_erasure()"""
        for table in ("account", "customer")
    ),
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
