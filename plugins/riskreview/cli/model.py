"""Commands about models: train and judge them from a small YAML, keep them, and let one of them decide."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.markdown import Markdown

from riskreview.cli.model_reports import figures_of, show_check, show_judged, show_trained
from riskreview.cli.output import JsonOption, bars, console, emit, on_this_machine, table
from riskreview.foundation.errors import BadInput, RuleViolation
from riskreview.foundation.instance import Instance, Settings, open_instance
from riskreview.foundation.progress import Progress
from riskreview.foundation.services import Services, open_services

app = typer.Typer(help="Scorecards and challengers: train, judge, compare, promote.", no_args_is_help=True)
Wanted = Annotated[
    str, typer.Argument(help="A model's YAML, or the name of one of the instance's or the shipped ones.")
]
DataOption = Annotated[Path | None, typer.Option("--data", help="Folder the files of the definition lie in.")]
Number = Annotated[int, typer.Argument(help="Number of the stored model.")]
Actor = Annotated[str, typer.Option("--as", help="Who acts: a person of the team.")]
Reason = Annotated[str, typer.Option(help="Why; at least ten characters.")]


@app.command()
def train(
    context: typer.Context, wanted: Wanted, actor: Actor, data: DataOption = None,
    out: Annotated[Path | None, typer.Option(callback=on_this_machine, help="Folder the models and their cards are also written to.")] = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Train a scorecard and its challenger, and keep both."""
    from riskreview.assessment.own_history import complete
    from riskreview.models import learning, registry
    from riskreview.models.card import Standing, card_of
    from riskreview.orchestration.stages import business_today

    with bars(quiet=as_json) as progress, open_services(context.obj, progress=progress) as services:
        definition = _definition(services.instance, wanted)
        if definition.data.own_history:
            definition = complete(definition, services)
        rows, _, kit = _read(services.instance, definition, data, services)
        trained = learning.train(rows, kit, progress)
        as_of = business_today(services) if definition.data.own_history else None
        kept = registry.keep(services, trained, definition, actor=actor, as_of=as_of)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        left_out = {"dropped": trained.fitted.dropped, "suspicious": trained.fitted.suspicious}
        for model in (trained.card, trained.forest):
            if model is not None:
                (out / f"{model.name}.{model.kind}.json").write_text(model.content + "\n", encoding="utf-8")
                page = card_of(model, definition, Standing(trained_by=actor, figures=left_out))
                (out / f"{model.name}.{model.kind}.md").write_text(page, encoding="utf-8")
    figures = figures_of(trained.evaluation, definition)
    document = {
        "kept": kept,
        "dropped": trained.fitted.dropped,
        "suspicious": trained.fitted.suspicious,
        "figures": figures,
    }
    emit(document, as_json=as_json, render=lambda: show_trained(trained, document))


@app.command()
def evaluate(context: typer.Context, wanted: Wanted, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Judge what a definition gives on rows it has not seen: folds, the latest rows in time, or its validation files."""
    with bars(quiet=as_json) as progress:
        found = _evaluated(context, wanted, data, progress)
    emit(found, as_json=as_json, render=lambda: show_judged(found))


@app.command()
def benchmark(
    context: typer.Context, data: DataOption = None,
    names: Annotated[list[str] | None, typer.Argument(help="Default: all shipped benchmarks.")] = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Judge the shipped definitions for public data sets against their bars; exit code 1 when one is missed."""
    from riskreview.foundation.instance import PACKAGED

    chosen = names or sorted(path.stem for path in (PACKAGED / "models" / "benchmarks").glob("*.yaml"))
    found: list[dict[str, Any]] = []
    with bars(quiet=as_json) as progress:
        for name in chosen:
            found += _evaluated(context, name, data, progress)
    emit(found, as_json=as_json, render=lambda: show_judged(found))
    if any(row["verdict"] == "missed" for row in found):
        raise typer.Exit(1)


@app.command("list")
def list_models(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show the stored models with their state."""
    from riskreview.models.store import list_models as stored

    with open_services(context.obj) as services, services.engine.connect() as connection:
        found = stored(connection)
    columns = ("model_id", "name", "kind", "purpose", "state", "trained_by")
    emit(
        found,
        as_json=as_json,
        render=lambda: table("Models", columns, [[row[name] for name in columns] for row in found]),
    )


@app.command()
def promote(
    context: typer.Context, number: Number,
    decision: Annotated[
        Literal["propose", "approve", "refuse", "shadow", "retire"],
        typer.Argument(help="One person proposes, another one decides; shadow: score without deciding; retire: take out of use."),
    ],
    actor: Actor, reason: Reason, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Make a scorecard the champion, whose grade is a layer of every class."""
    from riskreview.models import registry

    with open_services(context.obj) as services:
        getattr(registry, decision)(services, model_id=number, actor=actor, reason=reason)
    emit(
        {"model_id": number, "done": decision},
        as_json=as_json,
        render=lambda: console.print(f"Model {number}: {decision} is recorded."),
    )


@app.command()
def show(
    context: typer.Context, number: Number,
    card: Annotated[bool, typer.Option("--card", help="Print the card in Markdown as it is.")] = False,
    language: Annotated[str | None, typer.Option(help="en or zh; default: the instance's.")] = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Show the card of a stored model: what it says, what it showed, its points, who let it decide."""
    from riskreview.models.card import Standing, card_of
    from riskreview.models.store import read_stored

    with open_services(context.obj) as services, services.engine.connect() as connection:
        found = read_stored(connection, number)
        spoken = language or services.instance.settings.language
    standing = Standing(found.state, found.trained_by, found.proposed_by, found.decided_by, found.reason, found.figures)
    page = card_of(found.model, found.trained_from, standing, language=spoken)
    document = {
        "model": found.model.model_dump(mode="json"),
        "state": found.state,
        "figures": dict(found.figures),
        "card": page,
    }
    emit(document, as_json=as_json, render=lambda: typer.echo(page) if card else console.print(Markdown(page)))


@app.command()
def compare(
    context: typer.Context, number: Number,
    other: Annotated[int, typer.Argument(help="Number of the model it is compared with, such as the champion.")],
    data: DataOption = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Compare a model with another one on rows it has not seen, and keep the result; promotion asks for it."""
    from riskreview.models import learning, registry
    from riskreview.models.store import read_stored

    learning.check_tools()
    with bars(quiet=as_json) as progress, open_services(context.obj, progress=progress) as services:
        with services.engine.connect() as connection:
            first, second = read_stored(connection, number), read_stored(connection, other)
        rows, validation, kit = _read(services.instance, first.trained_from, data, services)
        found = learning.unseen(rows, validation, kit, progress, challenger=False)
        lead = learning.lead_over(found, second.model)
        registry.record_comparison(services, first, second, lead, rows=len(found.rows), data_digest=found.rows.digest)
    words = (
        f"AUC {lead.difference:+.4f} ({lead.low:+.4f} to {lead.high:+.4f}) on {len(found.rows):,} rows, {found.split}."
    )
    emit(lead, as_json=as_json, render=lambda: console.print(f"Model {number} against {other}: {words}"))


@app.command()
def check(context: typer.Context, number: Number, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Back-test a stored model on rows of today: was it right, and has its population moved; exit code 1 at an alarm.

    A model of the instance's own history is judged by the outcomes that became known since it was trained.
    """
    from riskreview.models.backtest import backtest
    from riskreview.models.store import read_stored

    with open_services(context.obj) as services:
        with services.engine.connect() as connection:
            found = read_stored(connection, number)
        rows, validation, kit = _read(services.instance, found.trained_from, data, services)
        if found.trained_as_of is not None:
            rows = rows.known_after(found.trained_as_of)
        result = backtest(found.model, validation or rows, kit.scale, kit.policy.gates)
    emit(result, as_json=as_json, render=lambda: show_check(number, result))
    if any(gate.verdict == "alarm" for gate in result.gates):
        raise typer.Exit(1)


def _instance(context: typer.Context) -> Instance:
    return open_instance(context.obj) if context.obj is not None else Instance(Path("no-instance"), Settings())  # type: ignore[call-arg]  # defaulted


def _read(
    instance: Instance, definition: Any, data: Path | None, services: Services | None = None
) -> tuple[Any, Any, Any]:  # rows, validation rows, kit
    from riskreview.models.dataset import read_dataset
    from riskreview.models.fitting import Kit
    from riskreview.policy.model_policy import load_model_policy
    from riskreview.policy.risk_policy import load_policy

    scale = load_policy(instance).master_scale
    if scale is None:
        raise RuleViolation("the risk policy has no master_scale; add the section before training models")
    kit = Kit(definition, load_model_policy(instance), scale)
    if services is not None and definition.data.own_history:
        from riskreview.assessment.own_history import read_own_history
        from riskreview.orchestration.stages import business_today

        return read_own_history(services, definition, as_of=business_today(services)), None, kit
    if data is None:
        raise BadInput(
            "E-MODEL-DATA", "the model is trained from files", "Give their folder with --data", definition.name
        )
    validation = None if definition.validation is None else read_dataset(definition, data, source=definition.validation)
    return read_dataset(definition, data), validation, kit


def _definition(instance: Instance, wanted: str) -> Any:  # a model definition
    from riskreview.models.definition import find_definition, load_definition
    from riskreview.models.learning import check_tools

    check_tools()
    return load_definition(find_definition(instance, wanted))


def _evaluated(
    context: typer.Context, wanted: str, data: Path | None, progress: Progress
) -> list[dict[str, Any]]:  # rows of a report
    from riskreview.models.learning import evaluate as judged

    instance = _instance(context)
    definition = _definition(instance, wanted)
    if definition.data.own_history:
        from riskreview.assessment.own_history import complete

        with open_services(context.obj, progress=progress) as services:
            definition = complete(definition, services)
            rows, validation, kit = _read(instance, definition, data, services)
    else:
        rows, validation, kit = _read(instance, definition, data)
    return figures_of(judged(rows, validation, kit, progress), kit.definition)
