"""Tables of the screening room: the lists as they stand, what each customer was last compared by, and the matches.

Matches outlive entries and customers: no foreign keys.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE screening_list (
        list_id text PRIMARY KEY, digest text NOT NULL CHECK (length(digest) = 64), entries bigint NOT NULL CHECK (entries > 0),
        loaded_at timestamptz NOT NULL)""",
    """CREATE TABLE screening_entry (
        list_id text NOT NULL REFERENCES screening_list ON DELETE CASCADE, entry_id text NOT NULL, digest text NOT NULL,
        kind text NOT NULL, names text[] NOT NULL CHECK (cardinality(names) > 0), countries text[] NOT NULL,
        identifiers text[] NOT NULL, programs text[] NOT NULL, is_screened boolean NOT NULL DEFAULT false,
        PRIMARY KEY (list_id, entry_id))""",
    "CREATE INDEX screening_entry_waiting ON screening_entry (list_id, entry_id) WHERE NOT is_screened",
    "CREATE TABLE screened_customer (customer_key bigint PRIMARY KEY, digest text NOT NULL)",
    """CREATE TABLE screening_match (
        match_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_key bigint NOT NULL, list_id text NOT NULL,
        entry_id text NOT NULL, likeness float8 NOT NULL CHECK (likeness BETWEEN 0 AND 1), same_number boolean NOT NULL,
        matched_name text NOT NULL, evidence text NOT NULL, list_digest text NOT NULL,
        state text NOT NULL DEFAULT 'possible' CHECK (state IN ('possible', 'confirmed', 'dismissal_proposed', 'dismissed',
            'clearing_proposed', 'cleared', 'withdrawn')),
        version integer NOT NULL DEFAULT 1, found_on date NOT NULL, confirmed_on date, ended_on date,
        proposed_by text, decided_by text, reason text, run_id bigint NOT NULL, UNIQUE (customer_key, list_id, entry_id),
        CONSTRAINT screening_match_two_persons CHECK (decided_by IS NULL OR proposed_by IS NULL OR decided_by <> proposed_by),
        CHECK (state NOT IN ('dismissal_proposed', 'clearing_proposed') OR proposed_by IS NOT NULL),
        CHECK (state NOT IN ('confirmed', 'dismissed', 'cleared') OR (decided_by IS NOT NULL AND length(btrim(reason)) >= 10)),
        CHECK ((ended_on IS NOT NULL) = (state IN ('dismissed', 'cleared', 'withdrawn'))))""",
    "CREATE INDEX screening_match_open ON screening_match (customer_key) WHERE ended_on IS NULL",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
