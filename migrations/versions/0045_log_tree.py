"""The event log gets what a Merkle tree needs: roots of full blocks, signed checkpoints, what was brought out, and its keys.

All of it only grows: UPDATE, DELETE and TRUNCATE are refused for everybody, replica mode included, and the head only moves forward.
"""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

GROWING = ("audit_block", "audit_checkpoint", "audit_export", "audit_key")

STATEMENTS = (
    """CREATE TABLE audit_block (
        position bigint PRIMARY KEY CHECK (position >= 0), root bytea NOT NULL CHECK (length(root) = 32))""",
    """CREATE TABLE audit_checkpoint (
        number bigint PRIMARY KEY CHECK (number > 0), size bigint NOT NULL CHECK (size >= 0),
        root bytea NOT NULL CHECK (length(root) = 32), content text NOT NULL, made_at timestamptz NOT NULL)""",
    """CREATE TABLE audit_export (
        number bigint PRIMARY KEY REFERENCES audit_checkpoint (number), exported_at timestamptz NOT NULL)""",
    """CREATE TABLE audit_key (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, statement text NOT NULL UNIQUE, made_at timestamptz NOT NULL)""",
    """CREATE FUNCTION refuse_going_back() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            IF TG_OP <> 'UPDATE' OR NEW.seq < OLD.seq THEN
                RAISE EXCEPTION 'the event log is append-only: % of its head refused', TG_OP;
            END IF;
            RETURN NEW;
        END $$""",
    """CREATE TRIGGER audit_head_rows BEFORE UPDATE OR DELETE ON audit_head
        FOR EACH ROW EXECUTE FUNCTION refuse_going_back()""",
    """CREATE TRIGGER audit_head_truncate BEFORE TRUNCATE ON audit_head
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    "ALTER TABLE audit_head ENABLE ALWAYS TRIGGER audit_head_rows",
    "ALTER TABLE audit_head ENABLE ALWAYS TRIGGER audit_head_truncate",
    *(
        f"""CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION refuse_change()"""
        for table in GROWING
    ),
    *(
        f"""CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"""
        for table in GROWING
    ),
    *(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_rows" for table in GROWING),
    *(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_truncate" for table in GROWING),
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("the event log is never taken back; restore a backup instead")
