"""Whoever recommended something does not judge the appeal against its rejection either; appeals that were judged stay as they are."""

from alembic import op

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE FUNCTION keep_appeal() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.appeal_decided_by = NEW.proposed_by THEN
                RAISE EXCEPTION 'review_appeal_judge: % proposed what review % recommends and cannot judge the appeal',
                    NEW.appeal_decided_by, NEW.review_id USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$""",
    """CREATE TRIGGER review_appeal_kept BEFORE UPDATE OF appeal_decided_by ON review FOR EACH ROW
        WHEN (NEW.appeal_decided_by IS DISTINCT FROM OLD.appeal_decided_by) EXECUTE FUNCTION keep_appeal()""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
