"""Owns the page that documents the canonical datasets, drawn from their definition."""

from riskreview.policy.datasets import DATASETS, Column

HEAD = """# Canonical datasets

What a mapping may fill. **K** is part of the natural key, **R** is required. Money is decimal(18,2) in major units of its currency;
dates are ISO dates; ids and texts stay exactly as the source wrote them. Every fact also carries its source, the extract's business date
(`as_of`) and the moment we received it (`known_at`). Generated from `plugins/riskreview/policy/datasets.py`.
"""


def datasets_page() -> str:
    """Return the page in Markdown."""
    parts = [HEAD]
    for dataset in DATASETS.values():
        note = f"{dataset.note}\n\n" if dataset.note else ""
        parts.append(f"\n## {dataset.name}\n\n{note}| column | kind | | allowed |\n|---|---|---|---|")
        parts.extend(_row(column) for column in dataset.columns)
    return "\n".join(parts)


def _row(column: Column) -> str:
    marks = "K R" if column.key else "R" if column.required else ""
    limits = [", ".join(column.choices)] if column.choices else []
    if column.minimum is not None:
        limits.append(f"at least {column.minimum:g}")
    if column.past:
        limits.append("not after the extract's date")
    return f"| `{column.name}` | {column.kind} | {marks} | {'; '.join(limits)} |"
