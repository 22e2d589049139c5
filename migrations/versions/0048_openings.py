"""What people wrote stands in the event log as salted commitments; salts and values are kept beside it, where they can be erased.

An opening is never changed: it proves what a commitment stands for, or it is gone. ``audit_read`` shows an event with what is still there.
"""

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE TABLE audit_opening (
        seq bigint NOT NULL, field text NOT NULL, salt bytea NOT NULL CHECK (length(salt) >= 16),
        value text NOT NULL, PRIMARY KEY (seq, field))""",
    """CREATE TRIGGER audit_opening_rows BEFORE UPDATE ON audit_opening
        FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
    """CREATE TRIGGER audit_opening_truncate BEFORE TRUNCATE ON audit_opening
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    "ALTER TABLE audit_opening ENABLE ALWAYS TRIGGER audit_opening_rows",
    "ALTER TABLE audit_opening ENABLE ALWAYS TRIGGER audit_opening_truncate",
    """CREATE FUNCTION audit_read(wanted bigint, body bytea) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
        DECLARE
            found jsonb := CAST(convert_from(body, 'UTF8') AS jsonb);
            opening record;
        BEGIN
            FOR opening IN SELECT field, value FROM audit_opening WHERE seq = wanted LOOP
                found := jsonb_set(found, string_to_array(opening.field, '/'), to_jsonb(opening.value), false);
            END LOOP;
            RETURN found;
        END $$""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
