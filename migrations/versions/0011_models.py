"""Table of the models room: every trained model as its text, and which one decides.

One model of a purpose is the champion and one runs in its shadow. Where the policy asks for two people, the constraint holds them
apart; a retired model keeps its text, so that any past score can be repeated.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE model (
        model_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL,
        purpose text NOT NULL CHECK (purpose IN ('default', 'change')), kind text NOT NULL CHECK (kind IN ('scorecard', 'forest')),
        digest text NOT NULL UNIQUE CHECK (length(digest) = 64), content text NOT NULL, definition text NOT NULL,
        figures jsonb NOT NULL DEFAULT '{}',
        state text NOT NULL DEFAULT 'trained' CHECK (state IN ('trained', 'proposed', 'champion', 'shadow', 'retired')),
        version integer NOT NULL DEFAULT 1, trained_by text NOT NULL, trained_at timestamptz NOT NULL, trained_as_of date,
        reason text, four_eyes boolean NOT NULL DEFAULT true, proposed_by text, proposed_at timestamptz,
        decided_by text, decided_at timestamptz,
        CHECK ((proposed_by IS NULL) = (proposed_at IS NULL)), CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
        CHECK (state NOT IN ('proposed', 'champion') OR proposed_by IS NOT NULL),
        CHECK (state <> 'champion' OR decided_by IS NOT NULL),
        CONSTRAINT model_four_eyes CHECK (NOT four_eyes OR decided_by IS NULL OR decided_by <> proposed_by))""",
    "CREATE UNIQUE INDEX model_champion ON model (purpose) WHERE state = 'champion'",
    "CREATE UNIQUE INDEX model_shadow ON model (purpose) WHERE state = 'shadow'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
