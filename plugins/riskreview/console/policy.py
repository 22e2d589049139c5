"""Owns the page of the policy: every indicator with its lines and formula, the versions that were used, the playbooks."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from riskreview.console.answers import Page
from riskreview.console.policy_gate import overview
from riskreview.console.tables import Column, Table, in_order
from riskreview.console.visit import Row, Visit, rows
from riskreview.foundation.instance import Instance, open_instance
from riskreview.gate.installing import differing_files
from riskreview.policy.playbook import load_playbooks
from riskreview.policy.playbook_model import Playbook
from riskreview.policy.risk_policy import FILE, Policy, load_policy
from riskreview.policy.risk_text import figure

INDICATORS = (Column("id", sorts=True), Column("name", sorts=True), Column("dimension", sorts=True), Column("direction", "word:direction"),
              Column("warning_line"), Column("alarm_line"), Column("points", "points", sorts=True), Column("formula"))  # fmt: skip
VERSIONS = (
    Column("policy"),
    Column("version"),
    Column("first_used_at", "moment"),
    Column("digest"),
)
PLANS = (Column("id"), Column("name"), Column("version"), Column("steps", "count"), Column("digest"))


def reference(visit: Visit) -> Page:
    """Show the policy in force, in the visitor's language."""
    language = visit.visitor.language
    policy, books = documents(visit.services.instance)
    with visit.reading() as connection:
        versions = rows(connection, "list_policies")
    listed, order = in_order(_indicators(policy, language), INDICATORS, visit.query.get("sort", ""), "")
    plans = [{"id": book.id, "name": book.title.zh if language == "zh" else book.title.en, "version": book.version, "steps": len(book.measures.steps),
              "digest": book.digest} for book in books]  # fmt: skip
    standing, gate = overview(visit)
    tables = (*gate, Table("indicators", INDICATORS, listed, order, f"{visit.root}/policy", visit.query), Table("plans", PLANS, plans),
              Table("versions", VERSIONS, versions))  # fmt: skip
    differing = differing_files(visit.services, language=language)
    return Page("policy", {"policy": policy, "standing": standing, "tables": tables, "differing": differing})


def documents(instance: Instance) -> tuple[Policy, tuple[Playbook, ...]]:
    """Return the policy and the playbooks; read again when one of their files changed."""
    paths = [instance.configuration_file("policies", FILE), *instance.configuration("playbooks")]
    return _read(instance.home, instance.approved, tuple((path, path.stat().st_mtime_ns) for path in paths))


@lru_cache(maxsize=4)
def _read(
    home: Path, approved: Path | None, _versions: tuple[tuple[Path, int], ...]
) -> tuple[Policy, tuple[Playbook, ...]]:
    instance = replace(open_instance(home), approved=approved)
    return load_policy(instance), tuple(load_playbooks(instance))


def _indicators(policy: Policy, language: str) -> list[Row]:
    dimensions = {item.id: item.name.of(language) for item in policy.dimensions}
    return [
        {"id": item.id, "name": item.name.of(language), "dimension": dimensions[item.dimension], "direction": item.direction,
         "warning_line": figure(item.warning, item, policy, language), "alarm_line": figure(item.alarm, item, policy, language),
         "points": item.points, "formula": item.formula.of(language)}
        for item in policy.indicators
    ]  # fmt: skip
