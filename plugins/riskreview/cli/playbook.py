"""Commands about emergency plans: check them, work them off, practise them."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from riskreview.cli.output import JsonOption, console, emit, table
from riskreview.foundation.instance import is_named, open_instance
from riskreview.foundation.services import open_services

app = typer.Typer(help="Emergency plans: check, work off, practise.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(help="Number of the activation.")]
StepId = Annotated[str, typer.Argument(help="Id of the step, such as hold_orders.")]
Actor = Annotated[str, typer.Option("--as", help="Your person id in team.yaml.")]
Move = Literal["acknowledge", "contain", "recover", "resolve", "close"]
BOARD = (
    "activation_id",
    "playbook_id",
    "is_drill",
    "customer_id",
    "rule_id",
    "state",
    "owner",
    "steps",
    "steps_ended",
    "steps_late",
    "next_due",
)
DRILLS = ("activation_id", "playbook_id", "planned_on", "state", "owner", "acknowledged_after", "acknowledge_goal",
          "contained_after", "contain_goal", "steps", "steps_in_time", "steps_refused")  # fmt: skip


@app.command()
def check(
    context: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(exists=True, dir_okay=False, help="Default: all of the instance.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check playbooks: the four sections, owners, deadlines, order of steps, that no two answer the same trigger, and that their rules and measures exist.

    Rules and measures are those of the instance, so without one they are not looked up.
    """
    from riskreview.gate.plans import strange_to
    from riskreview.policy.playbook import check_playbooks

    instance = open_instance(context.obj) if is_named(context.obj) or not files else None
    paths = files or (instance.configuration("playbooks") if instance else [])
    checked = check_playbooks(paths)
    for problem in strange_to(instance, paths) if instance else ():
        raise problem
    names = [item.id for item in checked]
    emit(
        {"playbooks": names},
        as_json=as_json,
        render=lambda: console.print(f"{len(names)} playbooks are in order: {', '.join(names)}"),
    )


@app.command()
def board(
    context: typer.Context,
    all_of_them: Annotated[bool, typer.Option("--all", help="Also those that are ended.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 200,
    as_json: JsonOption = False,
) -> None:
    """List activations and how far their steps are, the newest first."""
    from riskreview.playbooks import store

    with open_services(context.obj) as services, services.engine.connect() as connection:
        rows = store.board(connection, at=services.clock.now(), is_open=not all_of_them, how_many=limit)
    found = [dict(row._mapping) for row in rows]  # noqa: SLF001  the documented way to a row's columns
    emit(
        found,
        as_json=as_json,
        render=lambda: table(f"{len(found)} activations", BOARD, [[row[name] for name in BOARD] for row in found]),
    )


@app.command()
def steps(context: typer.Context, activation: Number, as_json: JsonOption = False) -> None:
    """List the steps of an activation."""
    from riskreview.playbooks import store

    with open_services(context.obj) as services, services.engine.connect() as connection:
        state = store.read_activation(connection, activation)
        found = [dict(row._mapping) for row in store.read_steps(connection, activation)]  # noqa: SLF001  see board
        language = services.instance.settings.language
    document = {
        "activation_id": activation,
        "state": state.state,
        "version": state.version,
        "owner": state.owner,
        "steps": found,
    }
    columns = ("step_id", f"title_{language}", "state", "owner", "deputy", "due_at", "depends_on")
    emit(document, as_json=as_json,
         render=lambda: table(f"Activation {activation}, {state.state}", columns, [[row[name] for name in columns] for row in found]))  # fmt: skip


@app.command()
def move(context: typer.Context, activation: Number, verb: Move, actor: Actor, as_json: JsonOption = False) -> None:
    """Lead an activation on: acknowledge it, say that it is contained, being recovered, resolved; close it."""
    from riskreview.playbooks import response

    verbs: dict[str, Callable[..., int]] = {
        "acknowledge": response.acknowledge_activation, "contain": response.contain, "recover": response.recover,
        "resolve": response.resolve, "close": response.close,
    }  # fmt: skip
    _move(context, activation, actor, verb, verbs[verb], as_json=as_json)


@app.command("stand-down")
def stand_down(
    context: typer.Context, activation: Number, actor: Actor,
    reason: Annotated[str, typer.Option(help="Why the plan was not needed.")], as_json: JsonOption = False,
) -> None:  # fmt: skip
    """End an activation that was not needed, with its steps; by somebody else than its owner."""
    from riskreview.playbooks import response

    _move(context, activation, actor, "stood down", response.stand_down, as_json=as_json, reason=reason)


@app.command("look-back")
def look_back(
    context: typer.Context, activation: Number, actor: Actor,
    lessons: Annotated[str, typer.Option(help="What was learned.")],
    loss_avoided: Annotated[str | None, typer.Option(help="In the reporting currency, such as 250000.")] = None,
    policy_change: Annotated[str | None, typer.Option(help="What policy or playbook should say from now on.")] = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Write the after-action record of a resolved activation."""
    from riskreview.playbooks import response

    record = response.AfterAction(lessons, _amount(loss_avoided), policy_change)
    _move(context, activation, actor, "looked back on", response.look_back, as_json=as_json, record=record)


@app.command()
def step(
    context: typer.Context, activation: Number, step_id: StepId,
    verb: Annotated[Literal["acknowledge", "start", "finish", "refuse"], typer.Argument(help="What you do.")],
    actor: Actor,
    text: Annotated[str, typer.Option(help="finish: the evidence; refuse: the reason.")] = "",
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Work on a step: seen, begun, done with its evidence, or not to be done with the reason."""
    from riskreview.playbooks import response, store

    with open_services(context.obj) as services:
        with services.engine.connect() as connection:
            version = store.read_step(connection, activation, step_id).version
        given: dict[str, Any] = {"activation_id": activation, "step_id": step_id, "version": version, "actor": actor}
        match verb:
            case "acknowledge":
                new = response.acknowledge(services, **given)
            case "start":
                new = response.start(services, **given)
            case "finish":
                new = response.finish(services, evidence=text, **given)
            case "refuse":
                new = response.not_doing(services, reason=text, **given)
    _done(activation, f"step {step_id}: {verb}", new, as_json=as_json)


@app.command()
def drill(
    context: typer.Context, playbook: Annotated[str, typer.Argument(help="Id of the playbook, such as PB1.")],
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Practise a playbook today, beside the planned drills: real people, real messages, no customer."""
    from riskreview.playbooks.drills import start_drill

    with open_services(context.obj) as services:
        counts = start_drill(services, playbook_id=playbook)
    said = (
        f"The drill of {playbook} has begun, {counts.drill_steps} steps are assigned."
        if counts.drills
        else f"{playbook} is practised today already."
    )
    emit(counts, as_json=as_json, render=lambda: console.print(said))


@app.command()
def drills(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show what drills showed: time to acknowledge and to contain in seconds, beside their goals, and steps done in time."""
    from riskreview.playbooks.drills import drill_report

    with open_services(context.obj) as services:
        found = drill_report(services)
    emit(list(found), as_json=as_json,
         render=lambda: table(f"{len(found)} drills", DRILLS, [[getattr(row, name) for name in DRILLS] for row in found]))  # fmt: skip


def _move(
    context: typer.Context, activation: int, actor: str, said: str, act: Callable[..., int], *, as_json: bool, **given: object
) -> None:  # fmt: skip
    from riskreview.playbooks import store

    with open_services(context.obj) as services:
        with services.engine.connect() as connection:
            version = store.read_activation(connection, activation).version
        new = act(services, activation_id=activation, version=version, actor=actor, **given)
    _done(activation, said, new, as_json=as_json)


def _done(activation: int, said: str, version: int, *, as_json: bool) -> None:
    emit({"activation_id": activation, "version": version}, as_json=as_json,
         render=lambda: console.print(f"Activation {activation}: {said} (version {version})."))  # fmt: skip


def _amount(text: str | None) -> Decimal | None:
    try:
        found = None if text is None else Decimal(text)
    except InvalidOperation as error:
        raise typer.BadParameter(f"{text} is no amount; write 250000 or 250000.50") from error
    if found is not None and not found.is_finite():
        raise typer.BadParameter(f"{text} is no amount; write 250000 or 250000.50")
    return found
