"""What every assessment rested on beside its facts is kept, so that it can be rebuilt; and which code computed it.

``grounds`` holds one document per stored assessment: pinned facts, policy, models, opinions, late feeds, screening, and what the customers stood at
before. ``code_version`` lists the parts of every version of the code that computed one. What a decision was bound to is kept with its round.
"""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE code_version (
        digest text PRIMARY KEY, content text NOT NULL, first_used_at timestamptz NOT NULL DEFAULT now(),
        CHECK (digest = encode(sha256(convert_to(content, 'UTF8')), 'hex')))""",
    """CREATE TABLE grounds (
        as_of date NOT NULL, run_id bigint NOT NULL, result_digest text NOT NULL, sha256 text NOT NULL, body bytea NOT NULL,
        PRIMARY KEY (as_of, run_id, result_digest), CHECK (sha256 = encode(sha256(body), 'hex')))""",
    """CREATE TRIGGER grounds_are_kept BEFORE UPDATE OR DELETE ON grounds
        FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()""",
    "CREATE TRIGGER grounds_stay BEFORE TRUNCATE ON grounds FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()",
    """CREATE TRIGGER code_versions_are_kept BEFORE UPDATE OR DELETE ON code_version
        FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()""",
    "ALTER TABLE review_approval ADD COLUMN basis bytea",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
