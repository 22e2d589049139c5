"""Owns the generated page docs/reference/invariants.md."""

from riskreview.doctor.invariants import INVARIANTS

HEADING = """# Invariants

Generated from `riskreview.doctor.invariants`. What must hold of the whole, whatever happened: a killed worker, a cleared task, a
backfill, a restore. `riskreview doctor` examines all of them at one moment (`--json` for programs; exit code 1 when one is broken);
the DAG `check_invariants` does so daily, keeps what was found and tells the data engineer on duty. Each is one set-based statement in
`include/sql/doctor`, except the event log, which is verified from its stored bytes. `make torture` holds them after every fault.

I1-I14 are the project's invariants, C1-C6 what it promises about completeness.

| | name | what must hold | repair | 须成立 | 修复 |
|---|---|---|---|---|---|
"""


def reference_page() -> str:
    """Return the page as Markdown."""
    return HEADING + "\n".join(
        f"| {item.number} | `{item.id}` | {item.en} | {item.repair_en} | {item.zh} | {item.repair_zh} |"
        for item in INVARIANTS
    )
