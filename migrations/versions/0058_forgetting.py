"""Erasing a customer takes away what people wrote about it and the packs of its reviews too, and nothing else of what was decided.

What is kept of reviews, measures and opinions is otherwise fixed; a row becomes ``forgotten_at`` once, for a customer whose erasure was decided,
and then only its texts may change. Of packs and snapshots the SHA-256 stays, which the event log names.
"""

from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

KEPT = {
    "review": ("keep_review", ("pack", "recommendation", "decision_reason", "reason", "question", "appeal_reason")),
    "measure": (
        "keep_measure",
        ("reason", "although", "decision_reason", "evidence", "reversal_reason", "end_reason", "undo_evidence"),
    ),
    "opinion": ("keep_opinion", ("statement", "source", "decision_reason", "end_reason")),
}
"""What fixes a table's rows, and the columns that may be forgotten."""
FORGETTING = "WHEN (NEW.forgotten_at IS DISTINCT FROM OLD.forgotten_at)"
OTHERWISE = "WHEN (NEW.forgotten_at IS NOT DISTINCT FROM OLD.forgotten_at)"

STATEMENTS = (
    *(
        f"ALTER TABLE {table} ADD COLUMN forgotten_at timestamptz"
        for table in (*KEPT, "review_snapshot", "measure_approval")
    ),
    """CREATE FUNCTION check_forgetting() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            wanted bigint := CASE TG_TABLE_NAME
                WHEN 'review_snapshot' THEN (SELECT customer_key FROM review WHERE review_id = (to_jsonb(NEW) ->> 'review_id')::bigint)
                WHEN 'measure_approval' THEN (SELECT customer_key FROM measure WHERE measure_id = (to_jsonb(NEW) ->> 'measure_id')::bigint)
                ELSE (to_jsonb(NEW) ->> 'customer_key')::bigint END;
        BEGIN
            IF OLD.forgotten_at IS NULL AND to_jsonb(NEW) - TG_ARGV - 'forgotten_at' = to_jsonb(OLD) - TG_ARGV - 'forgotten_at'
                AND EXISTS (SELECT FROM erasure AS e LEFT JOIN customer AS c ON c.merged_into = e.customer_key
                    WHERE e.state = 'erased' AND wanted IN (e.customer_key, c.customer_key)) THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'only the texts of a customer whose erasure was decided are forgotten: % refused', TG_TABLE_NAME
                USING ERRCODE = 'check_violation';
        END $$""",
    *(
        statement.format(table=table, kept=kept, names=", ".join(f"'{name}'" for name in names))
        for table, (kept, names) in KEPT.items()
        for statement in (
            f"CREATE OR REPLACE TRIGGER {{table}}_kept BEFORE UPDATE ON {{table}} FOR EACH ROW {OTHERWISE} EXECUTE FUNCTION {{kept}}()",
            f"CREATE TRIGGER {{table}}_forgotten BEFORE UPDATE ON {{table}} FOR EACH ROW {FORGETTING} EXECUTE FUNCTION check_forgetting({{names}})",
        )
    ),
    "CREATE OR REPLACE TRIGGER review_snapshot_kept BEFORE DELETE ON review_snapshot FOR EACH ROW EXECUTE FUNCTION keep_snapshot()",
    f"CREATE TRIGGER review_snapshot_fixed BEFORE UPDATE ON review_snapshot FOR EACH ROW {OTHERWISE} EXECUTE FUNCTION keep_snapshot()",
    f"""CREATE TRIGGER review_snapshot_forgotten BEFORE UPDATE ON review_snapshot FOR EACH ROW {FORGETTING}
        EXECUTE FUNCTION check_forgetting('body')""",
    "CREATE OR REPLACE TRIGGER measure_approval_kept BEFORE INSERT ON measure_approval FOR EACH ROW EXECUTE FUNCTION keep_measure_approval()",
    f"""CREATE TRIGGER measure_approval_fixed BEFORE UPDATE ON measure_approval FOR EACH ROW {OTHERWISE}
        EXECUTE FUNCTION keep_measure_approval()""",
    f"""CREATE TRIGGER measure_approval_forgotten BEFORE UPDATE ON measure_approval FOR EACH ROW {FORGETTING}
        EXECUTE FUNCTION check_forgetting('reason')""",
    """CREATE FUNCTION refuse_other_bytes() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the bytes of % are not those of their digest', TG_TABLE_NAME USING ERRCODE = 'check_violation'; END $$""",
    "ALTER TABLE review DROP CONSTRAINT review_pack_is_hashed",
    """CREATE TRIGGER review_pack_is_hashed BEFORE INSERT OR UPDATE ON review FOR EACH ROW
        WHEN (NEW.forgotten_at IS NULL AND NEW.pack_sha256 <> encode(sha256(NEW.pack), 'hex')) EXECUTE FUNCTION refuse_other_bytes()""",
    "ALTER TABLE review_snapshot DROP CONSTRAINT review_snapshot_check",
    """CREATE TRIGGER review_snapshot_is_hashed BEFORE INSERT OR UPDATE ON review_snapshot FOR EACH ROW
        WHEN (NEW.forgotten_at IS NULL AND NEW.sha256 <> encode(sha256(NEW.body), 'hex')) EXECUTE FUNCTION refuse_other_bytes()""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
