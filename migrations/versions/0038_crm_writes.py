"""Tables of writing back into CRMs: each write from what we want to what the CRM shows, and what we wrote into which field.

The database itself enforces that a write a person must agree to is not made before, that what was agreed to is not exchanged, that one
record has one open write of its fields, and that a task is asked for once.
"""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE crm_write (
        write_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, connection text NOT NULL, object text NOT NULL, record_id text NOT NULL,
        customer_key bigint NOT NULL, task_key text, changes jsonb NOT NULL DEFAULT '{}', task jsonb NOT NULL DEFAULT '{}',
        edited text[] NOT NULL DEFAULT '{}', digest text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'), needs_person boolean NOT NULL,
        state text NOT NULL CHECK (state IN ('proposed', 'approved', 'refused', 'withdrawn', 'writing', 'written', 'confirmed',
            'conflict', 'failed')),
        version integer NOT NULL DEFAULT 1, proposed_at timestamptz NOT NULL, decided_by text, decided_at timestamptz, reason text,
        confirmed_at timestamptz, problem text,
        CHECK ((task_key IS NULL) = (task = '{}')), CHECK ((task_key IS NULL) <> (changes = '{}')),
        CHECK ((decided_by IS NULL) = (decided_at IS NULL)), CHECK (cardinality(edited) = 0 OR needs_person),
        CHECK ((state = 'confirmed') = (confirmed_at IS NOT NULL)), CHECK (state NOT IN ('conflict', 'failed') OR problem IS NOT NULL),
        CONSTRAINT crm_write_is_agreed CHECK (NOT needs_person OR decided_by IS NOT NULL
            OR state IN ('proposed', 'withdrawn')))""",
    """CREATE UNIQUE INDEX crm_write_open ON crm_write (connection, record_id)
        WHERE task_key IS NULL AND state IN ('proposed', 'approved', 'writing', 'written')""",
    "CREATE UNIQUE INDEX crm_write_task ON crm_write (connection, task_key) WHERE task_key IS NOT NULL",
    "CREATE INDEX crm_write_state ON crm_write (connection, state)",
    """CREATE TABLE crm_field (
        connection text NOT NULL, record_id text NOT NULL, fact text NOT NULL, value text, original text,
        write_id bigint NOT NULL REFERENCES crm_write, confirmed_at timestamptz NOT NULL, PRIMARY KEY (connection, record_id, fact))""",
    """CREATE FUNCTION keep_crm_write() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (NEW.connection, NEW.object, NEW.record_id, NEW.task_key, NEW.changes, NEW.task, NEW.digest, NEW.needs_person)
                IS DISTINCT FROM
               (OLD.connection, OLD.object, OLD.record_id, OLD.task_key, OLD.changes, OLD.task, OLD.digest, OLD.needs_person)
               OR (OLD.decided_by IS NOT NULL AND NEW.decided_by IS DISTINCT FROM OLD.decided_by) THEN
                RAISE EXCEPTION 'what CRM write % says is fixed', OLD.write_id USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$""",
    "CREATE TRIGGER crm_write_kept BEFORE UPDATE ON crm_write FOR EACH ROW EXECUTE FUNCTION keep_crm_write()",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
