"""Owns the pages of changing the policy: versions, what a proposal changes, its back-test with charts, and deciding on it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from riskreview.console import charts
from riskreview.console.answers import Page, Redirect
from riskreview.console.tables import Column, Table
from riskreview.console.visit import Row, Visit, rows
from riskreview.console.words import words
from riskreview.foundation.approved import view_of
from riskreview.foundation.errors import BadInput, NotFound
from riskreview.gate import deciding, store, telling
from riskreview.gate.difference import Difference, differences
from riskreview.gate.lifecycle import PROPOSAL
from riskreview.policy.gate_policy import load_gate_policy
from riskreview.policy.risk_policy import Policy, load_policy

SHOWN = 200
"""Customers whose class would change that a page names; the report itself has all of them."""
IN_FORCE = (Column("activation_id", link="policy/versions/{activation_id}"), Column("risk_version"), Column("effective_from", "since"),
            Column("policy_standing", "word:policy_standing"), Column("kind", "word:policy_kind"), Column("proposed_by", "person"),
            Column("decided_by", "person"), Column("activated_at", "moment"))  # fmt: skip
PROPOSALS = (Column("proposal_id", link="policy/proposals/{proposal_id}"), Column("kind", "word:policy_kind"), Column("state", "word:policy_state"),
             Column("risk_version"), Column("effective_from", "day"), Column("proposed_by", "person"), Column("decided_by", "person"))  # fmt: skip
BACKTESTS = (Column("backtest_id", link="policy/backtests/{backtest_id}"), Column("risk_version"), Column("as_of", "day"), Column("customers", "count"),
             Column("made_by", "person"), Column("made_at", "moment"))  # fmt: skip
CHANGES = (Column("file"), Column("change"))
COMPARED = (Column("gate_figure", "word:gate_figure"), Column("base", "figure"), Column("new", "figure"))
BY_CLASS = (Column("class", "class"), Column("base_rate", "percent"), Column("new_rate", "percent"), Column("base_alerts", "count"),
            Column("new_alerts", "count"), Column("base_false", "percent"), Column("new_false", "percent"))  # fmt: skip
MOVES = (Column("old_class", "class"), Column("new_class", "class"), Column("customers", "count"))
MOVERS = (Column("name", link="customers/{customer_key}"), Column("old_class", "class"), Column("new_class", "class"), Column("old_index", "points"),
          Column("new_index", "points"), Column("why"))  # fmt: skip
VERBS = ("approve", "reject", "withdraw", "activate")
"""What can be done with a proposal."""
HISTORY = (Column("recorded_at", "moment"), Column("action", "word:action"), Column("actor", "person"), Column("seq"))


def overview(visit: Visit) -> tuple[Row | None, tuple[Table, ...]]:
    """Return the version in force, and versions, proposals and back-tests for the page of the policy."""
    with visit.reading() as connection:
        versions = _versions(visit, connection)
        proposals, tried = store.list_proposals(connection), store.list_backtests(connection)
    return next((row for row in versions if row["is_in_force"]), None), (
        Table("policy_proposals", PROPOSALS, proposals), Table("policy_in_force", IN_FORCE, versions),
        Table("policy_backtests", BACKTESTS, tried),
    )  # fmt: skip


def version(visit: Visit) -> Page:
    """Show what a version changed against the one before it."""
    number = visit.number("policy_version_id")
    with visit.reading() as connection:
        versions = _versions(visit, connection)
        place = next((place for place, row in enumerate(versions) if row["activation_id"] == number), None)
        if place is None:
            raise NotFound(f"there is no version {number}")
        found, before = versions[place], versions[place + 1] if place + 1 < len(versions) else None
        changes = () if before is None else _changes(visit, connection, before["set_digest"], found["set_digest"])
    can = [] if found["is_in_force"] or not _may_propose(visit) else [("go_back", "reason")]
    return Page(
        "policy_version",
        {"version": found, "can": can, "tables": (_table_of(changes, visit),)},
        ("policy_version", str(number)),
    )


def proposal(visit: Visit) -> Page:
    """Show a proposal: what it changes, what it rests on, what may be done to it."""
    number = visit.number("policy_proposal_id")
    with visit.reading() as connection:
        found = store.read_proposal(connection, number)
        changes = _changes(visit, connection, found["base_digest"], found["set_digest"])
        history = rows(connection, "subject_history", subject_type=PROPOSAL.name, subject_id=str(number), how_many=50)
    open_ = found["state"] in PROPOSAL.open_states
    shown = {"proposal": found, "can": _can(found, visit), "outdated": deciding.holds(visit.services, number) if open_ else None,
             "tables": (_table_of(changes, visit), Table("history", HISTORY, history))}  # fmt: skip
    return Page("policy_proposal", shown, ("policy_proposal", str(number)))


def backtest(visit: Visit) -> Page:
    """Show a back-test: both versions side by side, the work they make, and whose class would change."""
    number = visit.number("backtest_id")
    with visit.reading() as connection:
        found = store.read_backtest(connection, number)
        report = json.loads(found["report"])
        policies = [_policy(visit, connection, found[name]) for name in ("base_digest", "set_digest")]
        movers = list(islice(telling.movers_told(report, policies[0], policies[1], visit.visitor.language), SHOWN))
        keys = [item.customer_key for item in movers]
        names = {
            row["customer_key"]: row["name"]
            for row in rows(connection, "names_of", keys=keys, owner_users=visit.visitor.owner_users)
        }
    named: list[Row] = [
        {**asdict(item), "name": names[item.customer_key]} for item in movers if item.customer_key in names
    ]
    tables = (
        Table("gate_compared", COMPARED, _figures(telling.compared(report))), Table("gate_work", COMPARED, _figures(telling.work(report))),
        Table("gate_by_class", BY_CLASS, telling.by_class(report)), Table("gate_moves", MOVES, telling.moves(report)),
        Table("gate_movers", MOVERS, named),
    )  # fmt: skip
    said = words(visit.visitor.language)["policy"]
    shown = {"backtest": found, "report": report, "tables": tables, "sizes": _sizes(report, said), "lead": _lead(report, said),
             "can": [("propose", "reason")] if report["is_point_in_time"] and _may_propose(visit) else []}  # fmt: skip
    return Page("policy_backtest", shown, ("policy_backtest", str(number)))


def act(visit: Visit) -> Redirect:
    """Decide on a proposal, put it into force, or take it back; who may and when is the gate's to say."""
    number = visit.number("policy_proposal_id")
    given: dict[str, Any] = {
        "proposal_id": number,
        "version": visit.version(),
        "actor": visit.visitor.person,
    }  # arguments of any type
    reason = visit.said("reason")
    done: Sequence[Callable[[], object]] = (
        lambda: deciding.approve(visit.services, digest=visit.said("digest"), reason=reason, **given),
        lambda: deciding.reject(visit.services, reason=reason, **given),
        lambda: deciding.withdraw(visit.services, reason=reason, **given),
        lambda: deciding.activate(visit.services, **given),
    )
    acts = dict(zip(VERBS, done, strict=True))
    if visit.path["verb"] not in acts:
        raise NotFound("there is no such page")
    acts[visit.path["verb"]]()
    return Redirect(f"/policy/proposals/{number}", "saved")


def propose(visit: Visit) -> Redirect:
    """Propose the files a back-test was made of."""
    with visit.reading() as connection:
        wanted = store.read_backtest(connection, visit.number("backtest_id"))["set_digest"]
    found = deciding.propose(
        visit.services,
        actor=visit.visitor.person,
        reason=visit.said("reason"),
        effective_from=_day(visit),
        wanted=wanted,
    )
    return Redirect(f"/policy/proposals/{found}", "saved")


def go_back(visit: Visit) -> Redirect:
    """Propose to go back to a version."""
    found = deciding.go_back(visit.services, wanted=str(visit.number("policy_version_id")), actor=visit.visitor.person, reason=visit.said("reason"),
                             effective_from=_day(visit))  # fmt: skip
    return Redirect(f"/policy/proposals/{found}", "saved")


def _day(visit: Visit) -> date | None:
    """Return the day a form names, None without one.

    :raises BadInput: for what is no date.
    """
    wanted = visit.said("effective")
    try:
        return date.fromisoformat(wanted) if wanted else None
    except ValueError as error:
        raise BadInput("E-FORM", f"{wanted[:20]} is no date", "Write it as 2026-06-30") from error


def _can(found: Row, visit: Visit) -> list[tuple[str, str]]:
    """Return the verbs that are shown to somebody, with the field each asks for."""
    person, policy = visit.visitor.person, load_gate_policy(visit.services.instance)
    roles = set(visit.team.roles_of(person))
    decides, others = (
        bool(roles & set(policy.approvers)) and person != found["proposed_by"],
        bool(roles & {*policy.proposers, *policy.approvers}),
    )
    offered = (
        ("approve", "reason", decides),
        ("reject", "reason", decides),
        ("activate", "", others),
        ("withdraw", "reason", others),
    )
    return [(verb, says) for verb, says, may in offered if may and found["state"] in PROPOSAL.transition(verb).sources]


def _versions(visit: Visit, connection: Connection) -> list[Row]:
    """Return every version, the newest first; what was installed first holds for every day, so no first day is named."""
    versions = store.list_activations(connection, on_day=visit.today)
    for row in versions:
        coming = row["effective_from"] > visit.today
        row["policy_standing"] = "in_force" if row["is_in_force"] else "coming" if coming else "earlier"
        if row["proposal_id"] is None:
            row |= {"kind": "installed", "effective_from": None}
    return versions


def _may_propose(visit: Visit) -> bool:
    return bool(
        set(visit.team.roles_of(visit.visitor.person)) & set(load_gate_policy(visit.services.instance).proposers)
    )


def _changes(visit: Visit, connection: Connection, before: str, after: str) -> tuple[Difference, ...]:
    return differences(*(view_of(visit.services.instance, connection, digest) for digest in (before, after)))


def _policy(visit: Visit, connection: Connection, digest: str) -> Policy:
    return load_policy(view_of(visit.services.instance, connection, digest))


def _table_of(changes: tuple[Difference, ...], visit: Visit) -> Table:
    spoken = visit.visitor.language
    return Table(
        "policy_changes",
        CHANGES,
        [{"file": item.file, "change": item.zh if spoken == "zh" else item.en} for item in changes],
    )


def _figures(found: list[dict[str, Any]]) -> list[Row]:
    return [{**row, "gate_figure": row["figure"]} for row in found]


def _sizes(report: Mapping[str, Any], said: Mapping[str, str]) -> charts.Chart:
    """Return how many customers were in the alert class or worse at each month end, by both versions."""
    worse = telling.WORDS[telling.WORDS.index(report["rules"]["alert_class"]) :]
    series = [
        (said[side], kind, [float(sum(day[word] for word in worse)) for day in report["measured"][side]["sizes"]])
        for side, kind in (("base", "billed"), ("new", "alarm"))
    ]
    return charts.months([day[:7] for day in report["days"]], series, said["of_customers"])


def _lead(report: Mapping[str, Any], said: Mapping[str, str]) -> charts.Chart:
    """Return how many defaults were foreseen how many days before, by both versions."""
    starts = [start for start, _ in report["measured"]["base"]["defaults"]["lead"]["buckets"]]
    series = [
        (said[side], kind, [float(count) for _, count in report["measured"][side]["defaults"]["lead"]["buckets"]])
        for side, kind in (("base", "billed"), ("new", "alarm"))
    ]
    return charts.months([f"{start}+" for start in starts], series, said["of_defaults"])
