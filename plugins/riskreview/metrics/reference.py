"""Owns the generated page docs/reference/metrics.md."""

from riskreview.metrics.families import FAMILIES, PREFIX

HEADING = """# Metrics

Generated from `riskreview.metrics.families`. Read at `/riskreview/metrics` with a token, or written by `riskreview metrics`; both in the text
format of Prometheus, all of them gauges. None names a customer or a person. How to collect and watch them: [operations](../operations/README.md).

| metric | labels | meaning |
|---|---|---|
"""


def reference_page() -> str:
    """Return the page as Markdown."""
    return HEADING + "\n".join(
        f"| `{PREFIX}{item.name}` | {', '.join(f'`{label}`' for label in item.labels)} | {item.meaning} |"
        for item in FAMILIES
    )
