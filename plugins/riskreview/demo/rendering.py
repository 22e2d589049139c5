"""Owns how the summary of a demo run looks at a terminal: a bar per risk class, a line per planted case."""

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

BAR_WIDTH = 40
COLORS = {
    "low": "green",
    "medium": "yellow",
    "high": "dark_orange",
    "critical": "red",
    "default": "magenta",
    "unknown": "grey50",
}
CASES = {
    "payment_default": "payment default", "group_parent": "default of a group's parent", "group_member": "group contagion",
    "insolvency": "insolvency notice", "order_collapse": "order collapse", "fraud_surge": "bust-out surge",
    "financial_deterioration": "financial deterioration", "key_account": "key-account concentration",
    "sanctions": "sanctions hit", "jurisdiction": "country to be avoided", "unknown_owner": "owner unverified, file overdue",
    "adverse_media": "adverse media", "leadership": "auditor and CFO gone", "contradiction": "contradictory systems", "restatement": "restated accounts",
    "guaranteed": "guarantor in default", "chain_middle": "subsidiary of a defaulted parent", "chain_end": "subsidiary's subsidiary",
    "duplicate": "one firm, two systems, no number",
    "notice_insolvency": "insolvency told by web hook or queue", "notice_media": "adverse media told by web hook",
    "late_feed": "late feed", "empty_extract": "empty extract held", "quarantine": "rows quarantined, by code",
}  # fmt: skip


def render_summary(summary: Mapping[str, Any]) -> RenderableType:
    """Render a summary for a person at a terminal."""
    parts: list[RenderableType] = [_classes(summary), _work(summary), _cases(summary["expected"])]
    unexpected = [*summary["expected"]["missed_cases"], *summary["expected"]["spurious_findings"]]
    if unexpected:
        parts.append(Text("\n".join(f"  ✗ {line}" for line in unexpected), style="red"))
    healthy = not unexpected and summary["audit"]["events"] == summary["audit"]["verified"]
    return Panel(Group(*parts), title="riskreview demo", border_style="green" if healthy else "red", expand=False)


def _classes(summary: Mapping[str, Any]) -> Table:
    table = Table(
        title=f"{summary['scored']:,} of {summary['customers']:,} customers assessed", box=None, title_justify="left"
    )
    table.add_column("class")
    table.add_column("customers", justify="right")
    table.add_column("share", justify="right")
    table.add_column("")
    scored = max(summary["scored"], 1)
    for word in ("low", "medium", "high", "critical", "default", "unknown"):
        count = summary["classes"].get(word, 0)
        bar = "█" * max(round(BAR_WIDTH * count / scored), 1 if count else 0)
        table.add_row(
            Text(word, style=COLORS[word]), f"{count:,}", f"{count / scored:.1%}", Text(bar, style=COLORS[word])
        )
    return table


def _work(summary: Mapping[str, Any]) -> Table:
    told, audit = summary["notifications"], summary["audit"]
    table = Table(box=None, show_header=False, title="what the loop did", title_justify="left")
    table.add_row("rows", f"{summary['rows']['landed']:,} landed, {summary['rows']['refused']:,} refused with a reason")
    table.add_row("signals", f"{summary['signals_open']:,} open")
    table.add_row("reviews", f"{summary['reviews_opened']:,} opened")
    table.add_row("playbooks", f"{summary['playbooks_activated']:,} activated")
    states = ", ".join(f"{count:,} {state.replace('_', ' ')}" for state, count in summary["measures"].items())
    table.add_row("measures", states or "none")
    table.add_row("CRM", _crm(summary["crm"]))
    outcome = f"{told['accepted']:,} accepted, {told['refused']:,} refused, {told['unknown']:,} unknown"
    table.add_row(
        "messages", f"{told['queued']:,} queued: {outcome}; the mail server received {told['received_by_server']:,}"
    )
    events = summary["events"]
    table.add_row(
        "events",
        f"{events['evaluated']:,} of {events['sent']:,} evaluated in {events['passes']} passes; 95 % within {events['p95_seconds']:.1f} s"
        " of receipt, messages included",
    )
    table.add_row("audit", f"{audit['verified']:,} of {audit['events']:,} events verified")
    table.add_row("seconds", ", ".join(f"{name} {value:g}" for name, value in summary["seconds"].items()))
    return table


def _crm(crm: Mapping[str, Any]) -> str:
    read = ", ".join(f"{count:,} accounts from {system}" for system, count in crm["accounts"].items())
    return (
        f"{read}; {crm['calls']:,} calls, {crm['credits']:,} credits\n"
        f"{crm['written']:,} written, {crm['confirmed']:,} confirmed ({crm['agreed']:,} agreed to by a person, {crm['tasks']:,} tasks), "
        f"{crm['conflicts']:,} edited by a person, {crm['waiting']:,} waiting"
    )


def _cases(expected: Mapping[str, Any]) -> Table:
    head = f"{expected['found']} of {expected['planted']} planted cases found, {expected['spurious']} unexpected"
    table = Table(title=head, box=None, title_justify="left")
    table.add_column("")
    table.add_column("planted case")
    table.add_column("found", justify="right")
    for name, (planted, found) in expected["cases"].items():
        mark = Text("✓", style="green") if planted == found else Text("✗", style="red")
        table.add_row(mark, CASES.get(name, name), f"{found} of {planted}")
    return table
