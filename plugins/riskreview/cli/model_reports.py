"""Owns how figures of models are shown in a terminal."""

from typing import Any

from riskreview.cli.output import console, table

COLUMNS = ("model", "kind", "AUC", "95 % interval", "slope", "skill", "verdict")


def figures_of(found: Any, definition: Any) -> list[dict[str, Any]]:  # an evaluation, a definition, rows of a report
    """Return one row for each model an evaluation judged, with whether it reached its bar."""
    rows = []
    for kind in ("scorecard", "challenger"):
        judged, bar = getattr(found, kind), getattr(definition.bars, kind)
        if judged is None:
            continue
        slope = definition.bars.slope
        missed = (bar is not None and judged.separation.auc < bar) or (
            slope is not None and not slope[0] <= judged.line.slope <= slope[1]
        )
        rows.append({
            "model": found.name, "kind": kind, "split": found.split, "rows": judged.rows, "bads": judged.bads, "auc": judged.separation.auc,
            "low": judged.separation.low, "high": judged.separation.high, "bar": bar, "ks": judged.separation.ks, "slope": judged.line.slope,
            "brier skill": judged.brier.skill, "jeffreys": judged.levels["portfolio"].jeffreys,
            "verdict": "missed" if missed else "-" if bar is None else "reached",
        })  # fmt: skip
    return rows


def show_check(number: int, found: Any) -> None:  # a back-test
    """Print the gates of a back-test, and how probable so many bads were."""
    gates = [(gate.name, f"{gate.value:.4f}", gate.limit, gate.verdict) for gate in found.gates]
    table(f"Model {number}", ("gate", "value", "limit", "verdict"), gates)
    levels = [(name, f"{item.rows:,}", f"{item.bads:,}", f"{100 * item.probability:.2f} %", f"{item.binomial:.3f}", f"{item.jeffreys:.3f}")
              for name, item in found.performance.levels.items()]  # fmt: skip
    table(
        "Chance of so many bads if the probability were right",
        ("grade", "rows", "bads", "mean", "binomial p", "Jeffreys p"),
        levels,
    )


def show_trained(trained: Any, document: dict[str, Any]) -> None:  # trained models, what is said of them
    """Print what training gave: figures, how the card was made, what was left out and why."""
    from riskreview.models.card import WORDS

    show_judged(document["figures"])
    card = trained.card
    how = {"woe": "bins of each figure", "pooled": "one subscore per dimension, because bad cases are few"}[card.method]
    console.print(
        f"{card.training.rows:,} rows, {card.training.bads:,} bad; the scorecard has {len(card.characteristics)} figures: {how}."
    )
    for why in dict.fromkeys(document["dropped"].values()):
        names = [name for name, reason in document["dropped"].items() if reason == why]
        console.print(f"Left out, {WORDS['en'][why]}: {', '.join(names)}.")
    if document["suspicious"]:
        console.print(f"Check whether they know the outcome: {', '.join(document['suspicious'])}.")
    kept = ", ".join(f"{kind} {number or 'as before'}" for kind, number in document["kept"].items())
    console.print(f"Kept: {kept}.")


def show_judged(found: list[dict[str, Any]]) -> None:  # rows of a report
    """Print judged models as a table, and on which rows they were judged."""

    def line(row: dict[str, Any]) -> tuple[str, ...]:  # a row of a report
        bar = "" if row["bar"] is None else f" {row['bar']:g}"
        return (row["model"], row["kind"], f"{row['auc']:.3f}", f"{row['low']:.3f}-{row['high']:.3f}", f"{row['slope']:.2f}",
                f"{row['brier skill']:.3f}", f"{row['verdict']}{bar}")  # fmt: skip

    table("Models judged on rows they have not seen", COLUMNS, [line(row) for row in found])
    for name, split, rows, bads in dict.fromkeys(
        (row["model"], row["split"], row["rows"], row["bads"]) for row in found
    ):
        console.print(f"{name}: {split}; judged on {rows:,} rows, {bads:,} bad.")
