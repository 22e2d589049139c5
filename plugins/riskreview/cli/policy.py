"""Commands about the policy: check, compare, try on the past, propose, decide, put into force, go back."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.markup import escape

from riskreview.cli.operate import Day, day_or_none
from riskreview.cli.output import JsonOption, bars, console, emit, table
from riskreview.foundation.approved import in_force, view_of
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.instance import Instance
from riskreview.foundation.services import Services, open_services
from riskreview.gate import store
from riskreview.gate.files import own_set

app = typer.Typer(
    no_args_is_help=True,
    help="Change the policy: check, compare, try on the past, propose, approve, put into force, go back.",
)
Version = Annotated[
    str | None,
    typer.Argument(help="Number of a version in the list, or the beginning of a digest; default: the files."),
]
Earlier = Annotated[str, typer.Argument(help="Number of a version in the list, or the beginning of a digest.")]
Number = Annotated[int, typer.Argument(help="Number of the proposal or back-test.")]
Actor = Annotated[str, typer.Option("--as", help="Your person id in team.yaml.")]
Reason = Annotated[str, typer.Option(help="Why, in at least ten characters.")]
Effective = Annotated[
    str | None, typer.Option("--effective", metavar="DATE", help="Day it comes into force; default: today.")
]
PROPOSED = (
    "proposal_id",
    "kind",
    "state",
    "risk_version",
    "backtest_id",
    "effective_from",
    "proposed_by",
    "decided_by",
)
LISTED = (
    "activation_id",
    "risk_version",
    "effective_from",
    "in_force",
    "kind",
    "proposed_by",
    "decided_by",
    "activated_by",
    "digest",
)


@app.command()
def check(context: typer.Context, as_json: JsonOption = False) -> None:
    """Check the policy files of the instance: one sentence for each finding, with its line; exit code 1 when one is an error."""
    from riskreview.gate.checking import check as look

    with open_services(context.obj) as services, services.engine.connect() as connection:
        found = look(own_set(services.instance).laid_out(services.instance), connection)

    def render() -> None:
        for item in found:
            color = "red" if item.severity == "error" else "yellow"
            console.print(f"[{color}]{item.severity}[/] {escape(item.sentence)}", soft_wrap=True)
        if not found:
            console.print("Nothing is wrong with the policy files.")

    emit(found, as_json=as_json, render=render)
    if any(item.severity == "error" for item in found):
        raise typer.Exit(1)


@app.command()
def diff(
    context: typer.Context, first: Version = None, second: Version = None,
    language: Annotated[str | None, typer.Option(help="en or zh; default: the instance's.")] = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Say in words what differs: between what is in force and the files, or a version; or between two versions."""
    from riskreview.gate.difference import differences

    with open_services(context.obj) as services:
        standing = _version(services, first if second is not None else None)
        other = (
            _version(services, second or first)
            if (second or first) is not None
            else own_set(services.instance).laid_out(services.instance)
        )
        found = differences(standing, other)
        spoken = language or services.instance.settings.language

    def render() -> None:
        for item in found:
            console.print(escape(item.zh if spoken == "zh" else item.en), soft_wrap=True)
        if not found:
            console.print("Nothing differs in meaning.")

    emit(found, as_json=as_json, render=render)


@app.command("list")
def list_versions(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show every version that was or will be in force, and whether the files are another one."""
    from riskreview.gate.installing import differing_files

    with open_services(context.obj) as services:
        with services.engine.connect() as connection:
            versions = store.list_activations(connection, on_day=services.today)
            proposals = store.list_proposals(connection)
        differing = differing_files(services, language=services.instance.settings.language)

    def render() -> None:
        shown = [
            {**row, "in_force": "yes" if row["is_in_force"] else "", "digest": row["set_digest"][:12]}
            for row in versions
        ]
        table("Versions of the policy", LISTED, [[row[name] for name in LISTED] for row in shown])
        if proposals:
            table("Proposals", PROPOSED, [[row[name] for name in PROPOSED] for row in proposals])
        if differing is not None:
            console.print(escape(differing), soft_wrap=True)

    emit({"versions": versions, "proposals": proposals, "policy_files": differing}, as_json=as_json, render=render)


@app.command()
def backtest(
    context: typer.Context, actor: Actor, version: Version = None, as_of: Day = None,
    months: Annotated[int | None, typer.Option(help="Month ends to judge; default: the gate's policy.", min=1, max=120)] = None,
    hindsight: Annotated[bool, typer.Option("--hindsight", help="By what is known today, for a history that was loaded at once; such a report supports no proposal.")] = False,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Try the files, or a version, on the past beside the version in force, and keep the report."""
    from riskreview.gate.backtesting import backtest as tried

    with bars(quiet=as_json) as progress, open_services(context.obj, progress=progress) as services:
        found = tried(
            services,
            actor=actor,
            as_of=day_or_none(as_of),
            months=months,
            wanted=version,
            is_point_in_time=not hindsight,
        )
    said = {"backtest_id": found.backtest_id, "digest": found.digest, "seconds": found.seconds, "report": found.report}
    emit(said, as_json=as_json, render=lambda: _render_report(found.backtest_id, found.report))


@app.command()
def report(
    context: typer.Context,
    number: Number,
    exact: Annotated[
        bool, typer.Option("--bytes", help="Print nothing but the bytes that the digest is the SHA-256 of.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show a back-test that was kept, with the digest that an approval is bound to."""
    with open_services(context.obj) as services, services.engine.connect() as connection:
        found = store.read_backtest(connection, number)
    if exact:
        typer.echo(found["report"], nl=False)
        return
    said = {name: found[name] for name in ("backtest_id", "digest", "seconds", "made_by")}
    said["report"] = json.loads(found["report"])
    emit(said, as_json=as_json, render=lambda: _render_kept(said))


@app.command()
def propose(
    context: typer.Context,
    actor: Actor,
    reason: Reason,
    version: Version = None,
    effective: Effective = None,
    as_json: JsonOption = False,
) -> None:
    """Propose the files, or a version, after a back-test of exactly these; another person decides."""
    from riskreview.gate.deciding import propose as ask

    with open_services(context.obj) as services:
        found = ask(services, actor=actor, reason=reason, effective_from=day_or_none(effective), wanted=version)
    _proposed(found, as_json=as_json)


@app.command()
def rollback(
    context: typer.Context,
    version: Earlier,
    actor: Actor,
    reason: Reason,
    effective: Effective = None,
    as_json: JsonOption = False,
) -> None:
    """Propose to go back to a version that was in force; another person approves its digest, no back-test is needed."""
    from riskreview.gate.deciding import go_back

    with open_services(context.obj) as services:
        found = go_back(services, wanted=version, actor=actor, reason=reason, effective_from=day_or_none(effective))
    _proposed(found, as_json=as_json)


@app.command()
def approve(
    context: typer.Context, number: Number, actor: Actor, reason: Reason,
    digest: Annotated[str | None, typer.Option(help="Digest of the report that was read; of the version for a way back.")] = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Approve a proposal of another person, bound to the report that was read; without a digest, say which one that is."""
    from riskreview.gate import deciding

    with open_services(context.obj) as services:
        found = _read(services, number)
        if digest is None:
            raise RuleViolation(_say_what_was_read(found))
        deciding.approve(
            services, proposal_id=number, version=int(found["version"]), actor=actor, digest=digest, reason=reason
        )
    _done(number, "approved", as_json=as_json)


@app.command()
def reject(context: typer.Context, number: Number, actor: Actor, reason: Reason, as_json: JsonOption = False) -> None:
    """Reject a proposal of another person."""
    from riskreview.gate import deciding

    with open_services(context.obj) as services:
        deciding.reject(services, proposal_id=number, version=_seen(services, number), actor=actor, reason=reason)
    _done(number, "rejected", as_json=as_json)


@app.command()
def withdraw(context: typer.Context, number: Number, actor: Actor, reason: Reason, as_json: JsonOption = False) -> None:
    """Take a proposal back that is not in force yet."""
    from riskreview.gate import deciding

    with open_services(context.obj) as services:
        deciding.withdraw(services, proposal_id=number, version=_seen(services, number), actor=actor, reason=reason)
    _done(number, "withdrawn", as_json=as_json)


@app.command()
def activate(context: typer.Context, number: Number, actor: Actor, as_json: JsonOption = False) -> None:
    """Put an approved proposal into force from its day, today at the earliest."""
    from riskreview.gate import deciding

    with open_services(context.obj) as services:
        deciding.activate(services, proposal_id=number, version=_seen(services, number), actor=actor)
    _done(number, "active", as_json=as_json)


def _seen(services: Services, number: int) -> int:
    return int(_read(services, number)["version"])


def _read(services: Services, number: int) -> Mapping[str, Any]:  # a stored proposal
    with services.engine.connect() as connection:
        return store.read_proposal(connection, number)


def _say_what_was_read(found: Mapping[str, Any]) -> str:  # a stored proposal
    backtest = found["backtest_id"]
    look = f"policy report {backtest}" if backtest is not None else f"policy diff {found['set_digest'][:12]}"
    return f"say what you read: riskreview {look} shows it, and --digest {found['bound_digest']} approves exactly that"


def _proposed(number: int, *, as_json: bool) -> None:
    emit(
        {"proposal_id": number},
        as_json=as_json,
        render=lambda: console.print(f"Proposal {number} waits for another person's decision."),
    )


def _done(number: int, state: str, *, as_json: bool) -> None:
    emit(
        {"proposal_id": number, "state": state},
        as_json=as_json,
        render=lambda: console.print(f"Proposal {number} is {state}."),
    )


def _render_kept(said: Mapping[str, Any]) -> None:  # a stored back-test
    _render_report(said["backtest_id"], said["report"])
    console.print(f"digest {said['digest']}, made by {escape(said['made_by'])} in {said['seconds']:.1f} s")


def _render_report(number: int, found: Mapping[str, Any]) -> None:  # JSON of a back-test
    from riskreview.gate import telling

    how = (
        "as it was known then"
        if found["is_point_in_time"]
        else "as it is known today: this report supports no proposal"
    )
    console.print(f"Back-test {number}: {len(found['days'])} of {found['days_wanted']} month ends up to {found['as_of']}, {how}; "
                  f"{found['customers']:,} customers.", soft_wrap=True)  # fmt: skip
    old, new = (found["versions"][side]["risk_version"] for side in ("base", "new"))
    table(
        "Over the past",
        ("figure", f"in force ({old})", f"new ({new})"),
        [(row["figure"], row["base"], row["new"]) for row in telling.compared(found)],
    )
    table(
        "Work per week",
        ("figure", "in force", "new"),
        [(row["figure"], row["base"], row["new"]) for row in telling.work(found)],
    )
    names = telling.WORDS
    table("Classes that change today", ("from", "to", "customers"),
          [(names[row["old_class"]], names[row["new_class"]], row["customers"]) for row in telling.moves(found)])  # fmt: skip


def _version(services: Services, wanted: str | None) -> Instance:
    """Return the instance as it works by a version; None for the one in force.

    :raises RuleViolation: when nothing is in force.
    """
    with services.engine.connect() as connection:
        digest = in_force(connection, services.today) if wanted is None else store.find_set(connection, wanted)
        if digest is None:
            raise RuleViolation(
                "no policy is in force yet; the first run, or riskreview init, puts the files into force"
            )
        return view_of(services.instance, connection, digest)
