"""Owns the one table of who may do what in the database: a line for each table, a column for each role."""

from collections.abc import Mapping
from types import MappingProxyType

from riskreview.foundation.roles import DatabaseRole

ROLES = (DatabaseRole.INGEST, DatabaseRole.SCORE, DatabaseRole.DISPATCH, DatabaseRole.CONSOLE, DatabaseRole.AUDITOR)
LETTERS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE", "U": "USAGE"}
"""As psql writes them."""
MEMBERS = (DatabaseRole.INGEST, DatabaseRole.SCORE, DatabaseRole.DISPATCH, DatabaseRole.CONSOLE)
TOGETHER = "riskreview_app"
"""May what all of these may: for an installation that gives its components one address."""
CALLS = {
    DatabaseRole.INGEST: ("refresh_register_statistics",),
    DatabaseRole.SCORE: (
        "begin_next_assessment",
        "index_next_assessment",
        "swap_next_assessment",
        "order_current_assessment",
    ),
}
"""The functions that act with the owner's rights, and who may call them."""

TABLE = """
                        ingest  score  dispatch  console  auditor
schema_version          r       r      r         r        r
oldest_program          r       r      r         r        r

audit_event             ra      ra     ra        ra       r
audit_head              rw      rw     rw        rw       r
audit_block             -       r      ra        ra       r
audit_checkpoint        r       r      ra        ra       r
audit_export            -       r      ra        ra       r
audit_key               -       r      ra        ra       r
audit_opening           a       ra     ra        rad      r

run                     raw     raw    raw       raw      r
outbox_event            ra      ra     raw       ra       r
duty                    raw     raw    rw        raw      r
code_version            ra      ra     ra        ra       r
policy_set              r       r      r         ra       r
policy_activation       r       r      r         ra       r
policy_backtest         -       -      -         ra       r
policy_proposal         -       r      -         raw      r
policy_version          r       raw    r         r        r

batch                   raw     r      -         r        r
batch_unchanged         ra      r      -         r        r
inbox_file              raw     -      -         -        r
crm_pull                ra      r      r         r        r
crm_token               raw     -      raw       -        -
crm_use                 raw     r      raw       r        r
event                   raw     r      r         raw      r
quarantine_row          raw     r      -         rw       r
batch_profile           raw     r      -         r        r
batch_override          r       r      -         raw      r
feed                    raw     r      r         r        r

customer                raw     r      r         raw      r
customer_spelling       rawd    r      -         rawd     r
customer_history        ra      r      -         raw      r
customer_merge          raw     r      r         raw      r
account                 raw     r      r         raw      r
account_history         ra      r      -         raw      r
account_bond            ra      r      r         ra       r
account_merge           r       r      r         r        r
known_account           r       r      r         r        r
known_customer          r       r      r         r        r
customer_key_seq        U       -      -         U        -
number_doubt            ra      ra     -         rad      r
register_version        ra      r      r         ra       r
fact_table              raw     r      r         raw      r
fact_batch              raw     r      r         raw      r
fact_file               ra      r      -         r        r
mapping_text            ra      r      -         r        r
fact_held               rad     r      -         ra       r

identity_account        -       rawd   -         rd       r
identity_proposal       -       raw    -         raw      r
screening_list          -       rawd   -         raw      r
screening_entry         -       rawd   -         raw      r
screened_customer       -       rawd   -         r        r
screening_match         -       raw    -         raw      r
current_relation        -       rad    -         rw       r
relation_state          -       raw    -         r        r
group_member            -       rad    -         r        r
model                   -       rw     -         raw      r
opinion                 -       rw     -         raw      r

assessment_head         r       raw    r         r        r
assessed_line           -       rad    -         r        r
current_assessment      r       rad    r         r        r
current_breach          -       r      -         r        r
class_change            -       rawd   -         r        r
grounds                 -       ra     -         r        r

signal                  -       raw    -         raw      r
signal_outcome          -       ra     -         ra       r

review                  -       raw    r         raw      r
review_cadence          -       r      -         raw      r
review_checklist        -       ra     -         ra       r
review_answer           -       r      -         raw      r
review_question         -       r      -         raw      r
review_remark           -       r      -         raw      r
review_snapshot         -       ra     -         raw      r
review_approval         -       rw     r         raw      r
measure                 -       raw    r         raw      r
measure_approval        -       raw    -         raw      r
measure_effect          -       ra     -         ra       r
activation              -       raw    r         raw      r
step                    -       raw    r         raw      r
playbook_document       -       ra     r         ra       r
training                r       raw    -         raw      r
campaign                -       raw    -         raw      r
campaign_exception      -       r      -         ra       r

message                 r       r      raw       r        r
message_item            r       r      raw       r        r
message_attempt         -       r      raw       r        r
channel_state           -       r      raw       r        r
acknowledgement         -       r      r         raw      r

crm_write               -       r      raw       raw      r
crm_field               -       r      rawd      r        r

portfolio_summary       -       rad    -         r        r
portfolio_group         -       rad    -         r        r
portfolio_month         -       rad    -         r        r
portfolio_bucket        -       rad    -         r        r
portfolio_roll          -       rad    -         r        r
portfolio_migration     -       rad    -         r        r
customer_loss           -       rad    -         r        r
completeness_proof      -       rad    -         r        r
completeness_case       -       rad    -         r        r
invariant_finding       -       rawd   -         r        r

erasure                 -       r      -         raw      r
erased_file             r       r      -         raw      r
legal_hold              -       r      -         raw      r
console_user            -       r      r         rawd     r
console_token           -       -      -         raw      -
console_answer          -       -      -         rawd     -
console_rate            -       -      -         rawd     -
"""


def _read(table: str) -> Mapping[DatabaseRole, Mapping[str, tuple[str, ...]]]:
    lines = [line.split() for line in table.splitlines() if line.strip()]
    assert lines[0] == list(ROLES)  # noqa: S101  the heading names the columns
    return {role: {line[0]: tuple(LETTERS[letter] for letter in line[number] if letter != "-") for line in lines[1:]}
            for number, role in enumerate(ROLES, start=1)}  # fmt: skip


RIGHTS = MappingProxyType(_read(TABLE))

PAGE = """# Roles in the database

Generated from `riskreview.foundation.rights`. With `riskreview database roles` every component can connect as a role of its own that may do
exactly this, and nothing else ([how](../operations/README.md#roles-in-the-database)). `r` reads (SELECT), `a` adds (INSERT), `w` changes
(UPDATE), `d` removes (DELETE), `U` draws numbers (USAGE); `-` is refused. Nobody of them may TRUNCATE, change a table, a trigger or a function, or create one.

| role | who works as it |
|---|---|
| `riskreview_migrate` | owns the schema; `riskreview database migrate`, and nobody between two upgrades |
| `riskreview_ingest` | `ingest_crm`, `ingest_finance`, the receiving part of `watch_events`, web hooks, publishing what is let out of quarantine |
| `riskreview_score` | `recompute_risk`, `watch`, `summarize_portfolio`, `open_due_reviews`, `plan_reviews`, `activate_playbooks`, `escalate`, `check_invariants`, the judging part of `watch_events` |
| `riskreview_dispatch` | `deliver_notifications`, `write_back_crm`, `checkpoint_audit`: what leaves the house |
| `riskreview_console` | what people read and decide in the console |
| `riskreview_auditor` | reads everything but secrets, changes nothing: `riskreview verify`, `riskreview doctor`, psql |
| `riskreview_app` | all of ingest, score, dispatch and console: for an installation that gives its components one address, and for the command line |

"""


def reference_page() -> str:
    """Return the page docs/reference/database-roles.md."""
    lines = [line.split() for line in TABLE.splitlines() if line.strip()]
    head = f"| table | {' | '.join(ROLES)} |\n|---|{'---|' * len(ROLES)}\n"
    rows = "\n".join(f"| `{line[0]}` | {' | '.join(line[1:])} |" for line in lines[1:])
    called = "\n".join(f"- `{name}`: `{role.login}`" for role, names in CALLS.items() for name in names)
    return f"{PAGE}{head}{rows}\n\nFunctions that act with the owner's rights, and who may call them:\n\n{called}\n"
