"""What tells one customer from another: the kind and validity of registration numbers, doubts about them, and addresses.

An invalid number has no ``tax_key`` and so joins nothing. A doubted one is not that of the account, whatever its system says:
until the account carries another number it joins nothing either.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """ALTER TABLE account ADD COLUMN number_kind text, ADD COLUMN number_is_valid boolean, ADD COLUMN address text,
        ADD COLUMN phone text, ADD COLUMN website text""",
    """CREATE TABLE number_doubt (
        account_key bigint NOT NULL REFERENCES account, tax_key text NOT NULL, doubted_by text NOT NULL, reason text NOT NULL,
        doubted_at timestamptz NOT NULL, PRIMARY KEY (account_key, tax_key))""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
