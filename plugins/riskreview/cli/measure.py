"""Commands about measures: what may be done, propose, decide, carry out, end, and what came of it."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from riskreview.cli.customers import one_customer
from riskreview.cli.operate import day_or_none
from riskreview.cli.output import JsonOption, console, emit, table
from riskreview.foundation.services import Services, open_services

app = typer.Typer(help="Measures: propose, decide, carry out, end, and what came of them.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(help="Number of the measure.")]
Actor = Annotated[str, typer.Option("--as", help="Your person id in team.yaml.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept.")]
Evidence = Annotated[str, typer.Option(help="What shows that it was done: document, number, time.")]
Version = Annotated[int | None, typer.Option(help="Version you saw; default: the present one.")]
Digest = Annotated[str | None, typer.Option(help="Digest of what you read; default: of what is stored.")]
Until = Annotated[str | None, typer.Option(metavar="DATE", help="Its last day; default: by the catalogue.")]
Customer = Annotated[str, typer.Argument(help="Customer id, registration number, or account number of any system.")]
SHOWN = (
    "measure_id",
    "customer_id",
    "kind",
    "terms",
    "state",
    "starts_on",
    "expires_on",
    "owner",
    "decider",
    "implementer",
    "origin",
)


@app.command()
def catalogue(context: typer.Context, as_json: JsonOption = False) -> None:
    """List what may be done, from the least to the most harmful, with its parameters and who may."""
    from riskreview.foundation.instance import open_instance
    from riskreview.policy.measure_policy import load_measure_policy

    instance = open_instance(context.obj)
    policy, language = load_measure_policy(instance), instance.settings.language
    kinds = sorted(policy.kinds, key=lambda kind: (kind.severity, kind.id))
    rows = [(kind.id, kind.name.of(language), kind.effect, kind.severity, ", ".join(kind.parameters), kind.lasts_days,
             ", ".join(kind.propose), ", ".join(kind.implement)) for kind in kinds]  # fmt: skip
    columns = ("kind", "", "effect", "severity", "parameters", "lasts days", "proposed by", "carried out by")
    emit(
        [kind.model_dump(mode="json") for kind in kinds],
        as_json=as_json,
        render=lambda: table("Measures", columns, rows),
    )


@app.command()
def strategy(context: typer.Context, customer: Customer, as_json: JsonOption = False) -> None:
    """Show what the policy proposes for a customer, with every term of the credit limit; writes nothing."""
    from riskreview.measures.proposing import strategy_for

    with open_services(context.obj) as services:
        with services.engine.connect() as connection:
            key = one_customer(connection, customer)
        found = strategy_for(services, key)
        currency = services.instance.settings.reporting_currency
    emit(found, as_json=as_json, render=lambda: _render_strategy(found, currency))


def _render_strategy(found: Any, currency: str) -> None:  # a strategy, whose module is loaded only when it is asked for
    limit = found.limit
    terms = [(name, getattr(limit, name)) for name in ("capacity", "need", "history", "pay_index", "limited_by", "base", "class_factor",
                                                       "secured", "single_name_cap", "amount")]  # fmt: skip
    table(f"Credit limit in {currency}", ("term", "value"), terms)
    table(f"Proposed for {found.risk_class}", ("measure", "", "because"),
          [(item.kind, item.terms.told(currency), item.because) for item in found.measures])  # fmt: skip


@app.command("list")
def list_all(  # noqa: PLR0913, RUF100  the options of one command
    context: typer.Context,
    customer: Annotated[str | None, typer.Option(help="Only of this customer.")] = None,
    review: Annotated[int | None, typer.Option(help="Only of this review.")] = None,
    state: Annotated[str | None, typer.Option(help="Only in this state, such as in_force.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only of this kind.")] = None,
    person: Annotated[str | None, typer.Option(help="Only those this person owns, decides or carries out.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Ended ones too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    as_json: JsonOption = False,
) -> None:
    """List measures that wait or are in force, the newest first."""
    from riskreview.measures.reading import list_measures
    from riskreview.orchestration.stages import business_today

    with open_services(context.obj) as services, services.engine.connect() as connection:
        key = None if customer is None else one_customer(connection, customer)
        found = list_measures(connection, on_day=business_today(services), how_many=limit, customer_key=key, review_id=review,
                              state=state, kind=kind, person=person, is_open=not every and state is None)  # fmt: skip
    rows = [[told_terms(row) if name == "terms" else row[name] for name in SHOWN] for row in found]
    emit(found, as_json=as_json, render=lambda: table(f"{len(found)} measures", SHOWN, rows))


@app.command()
def show(context: typer.Context, number: Number, as_json: JsonOption = False) -> None:
    """Show a measure: what it says, where its amounts come from, who agreed, and what became of the customer."""
    from riskreview.measures.reading import show_measure
    from riskreview.orchestration.stages import business_today

    with open_services(context.obj) as services, services.engine.connect() as connection:
        found = show_measure(connection, number, on_day=business_today(services))
    emit(found, as_json=as_json, render=lambda: _render_measure(found))


def _render_measure(found: dict[str, Any]) -> None:  # a row of the database
    nested = ("basis", "steps", "effects", "verbs")
    facts = [(name, value) for name, value in found.items() if name not in nested and value not in (None, [], "")]
    facts += [
        (name.replace("_", " "), value)
        for name, value in found["basis"].items()
        if not isinstance(value, dict) and value not in (None, [], "")
    ]
    table(f"Measure {found['measure_id']}: {found['kind']} {told_terms(found)}", ("", "value"), facts)
    for name in ("steps", "effects"):
        if found[name]:
            columns = [key for key in found[name][0] if key not in {"digest", "measure_id", "duty_kind"}]
            table(name.capitalize(), columns, [[row[key] for key in columns] for row in found[name]])
    limit = found["basis"].get("limit")
    if limit:
        table("The limit comes from", ("term", "value"), list(limit.items()))


@app.command()
def propose(  # noqa: PLR0913, RUF100  the options of one command
    context: typer.Context,
    customer: Customer,
    measure: Annotated[
        str,
        typer.Argument(
            help="Kind with its parameters, such as 'cut_limit amount=120000'; an amount left out is computed."
        ),
    ],
    reason: Reason,
    actor: Actor,
    although: Annotated[str | None, typer.Option(help="Why a milder measure of the strategy is not enough.")] = None,
    starts: Annotated[str | None, typer.Option(metavar="DATE", help="Its first day; default: today.")] = None,
    until: Until = None,
    as_json: JsonOption = False,
) -> None:
    """Propose a measure for a customer; the approval matrix decides who grants it."""
    from dataclasses import replace

    from riskreview.measures.proposing import propose as act
    from riskreview.measures.terms import parse_wanted
    from riskreview.policy.measure_policy import load_measure_policy

    with open_services(context.obj) as services:
        wanted = replace(parse_wanted(measure, load_measure_policy(services.instance)), starts_on=day_or_none(starts),
                         expires_on=day_or_none(until))  # fmt: skip
        with services.engine.connect() as connection:
            key = one_customer(connection, customer)
        found = act(services, customer_key=key, wanted=wanted, reason=reason, actor=actor, although=although)
    waits = "waits for approval" if found.is_new else f"is there already and {found.state}"
    emit(found, as_json=as_json, render=lambda: console.print(f"Measure {found.measure_id} ({found.kind}) {waits}."))


def _decision(verb: str, text: str) -> None:
    def command(
        context: typer.Context, number: Number, reason: Reason, actor: Actor, digest: Digest = None, version: Version = None,
        as_json: JsonOption = False,
    ) -> None:  # fmt: skip
        from riskreview.measures import deciding

        def call(services: Services, seen: int, read: str) -> int:
            return int(
                getattr(deciding, verb)(
                    services, measure_id=number, version=seen, actor=actor, reason=reason, digest=digest or read
                )
            )

        _act(context, number, version, call, as_json=as_json)

    app.command(verb, help=text)(command)


_decision("approve", "Grant a measure, or your step of it; never your own.")
_decision("refuse", "Refuse a measure.")


def _ending(verb: str, text: str) -> None:
    def command(
        context: typer.Context, number: Number, reason: Reason, actor: Actor, version: Version = None, as_json: JsonOption = False
    ) -> None:  # fmt: skip
        from riskreview.measures import ending

        _act(context, number, version, lambda services, seen, _: int(
            getattr(ending, verb)(services, measure_id=number, version=seen, actor=actor, reason=reason)), as_json=as_json)  # fmt: skip

    app.command(verb, help=text)(command)


_ending("withdraw", "Take a measure back that did not take effect yet.")
_ending("reverse", "End a measure in force; one that constrains takes a second person, who calls the same command.")
_ending("keep", "Refuse the reversal of a measure; it stays in force.")


def _evidenced(verb: str, text: str) -> None:
    def command(
        context: typer.Context, number: Number, evidence: Evidence, actor: Actor, version: Version = None, as_json: JsonOption = False
    ) -> None:  # fmt: skip
        from riskreview.measures import carrying_out

        _act(context, number, version, lambda services, seen, _: int(
            getattr(carrying_out, verb)(services, measure_id=number, version=seen, actor=actor, evidence=evidence)), as_json=as_json)  # fmt: skip

    app.command(verb, help=text)(command)


_evidenced("implement", "Say that an approved measure was carried out; never by who approved it.")
_evidenced("undo", "Say that an ended measure was taken back in the systems.")


@app.command()
def renew(
    context: typer.Context, number: Number, reason: Reason, actor: Actor, until: Until = None, as_json: JsonOption = False
) -> None:  # fmt: skip
    """Propose that a measure in force goes on after its last day."""
    from riskreview.measures.ending import renew as act

    with open_services(context.obj) as services:
        found = act(services, measure_id=number, actor=actor, reason=reason, expires_on=day_or_none(until))
    emit(
        found,
        as_json=as_json,
        render=lambda: console.print(f"Measure {found.measure_id} waits for approval and goes on after {number}."),
    )


@app.command()
def effect(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show by kind what became of customers after 30, 90 and 180 days, beside untreated ones of their class; an observation, no proof."""
    from riskreview.measures.effect import effects
    from riskreview.policy.measure_policy import load_measure_policy

    with open_services(context.obj) as services, services.engine.connect() as connection:
        found = effects(connection, least_peers=load_measure_policy(services.instance).effect.least_peers)
    columns = ("kind", "after_days", "measures", "exposure_pct", "overdue_pct", "class_steps", "compared", "peer_exposure_pct",
               "peer_overdue_pct", "peer_class_steps")  # fmt: skip
    title = f"{len(found)} effects; observed, not proven: who gets a measure is no accident"
    emit({"is_observational": True, "effects": found}, as_json=as_json,
         render=lambda: table(title, columns, [[row[name] for name in columns] for row in found]))  # fmt: skip


def told_terms(row: dict[str, Any]) -> str:  # a row of the database
    """Return the parameters of a stored measure as people write them."""
    from riskreview.measures.terms import Terms

    return Terms(row["amount"], row["days"], row["share_pct"], row["stage"]).told(row["currency"] or "")


def _act(
    context: typer.Context,
    number: int,
    version: int | None,
    call: Callable[[Services, int, str], int],
    *,
    as_json: bool,
) -> None:
    with open_services(context.obj) as services:
        seen = _stored(services, number)
        new = call(services, version or seen[0], seen[1])
        state = _stored(services, number)[2]
    emit({"measure_id": number, "state": state, "version": new}, as_json=as_json,
         render=lambda: console.print(f"Measure {number} is {state.replace('_', ' ')}."))  # fmt: skip


def _stored(services: Services, number: int) -> tuple[int, str, str]:
    """Return version, digest and state of a measure as it is stored."""
    from riskreview.measures.store import read_measure

    with services.engine.begin() as connection:
        row = read_measure(connection, number)
    return row.version, row.digest, row.state
