"""Owns the generated page of the response catalogue."""

from pathlib import Path

from riskreview.foundation.instance import Instance, Settings
from riskreview.policy.measure_policy import MeasureKind, MeasurePolicy, StrategyLine, load_measure_policy

HEAD = """# Measures

What may be done about a customer's risk, from `include/policies/measures.yaml`; do not edit this page. Severity orders by harm, 1 is
least. Who approves is the matrix in `reviews.yaml`, by class, exposure and measure; proposer, approver and implementer are different
people. Amounts are in the reporting currency. How a measure moves: [lifecycles](lifecycles.md#measure); how to work with it:
[measures](../how-to/measures.md).

| kind | | effect | field | severity | parameters | amount from | lasts, at most (days) | within | proposed by | carried out by | undone by | sales at risk % |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
"""


def reference_page() -> str:
    """Return docs/reference/measures.md for the shipped policy."""
    policy = load_measure_policy(Instance(home=Path("no-instance"), settings=Settings()))  # type: ignore[call-arg]  # all defaulted
    kinds = sorted(policy.kinds, key=lambda kind: (kind.severity, kind.id))
    parts = [HEAD, *(_kind(kind) for kind in kinds), "\n## Strategy\n\nProposed when a review opens, as far as it changes anything.\n\n",
             "| class | measures |\n|---|---|\n"]  # fmt: skip
    parts += [
        f"| {word} | {'; '.join(_line(line) for line in lines) or 'none'} |\n"
        for word, lines in policy.strategy.items()
    ]
    return "".join([*parts, _limit(policy)])


def _kind(kind: MeasureKind) -> str:
    bounds = [
        f"{name} {item.least:g}{'' if item.most is None else f'-{item.most:g}'}{'' if item.usual is None else f', usual {item.usual:g}'}"
        for name, item in kind.parameters.items()
    ]
    cells = (f"`{kind.id}`", f"{kind.name.en} / {kind.name.zh}", kind.effect, kind.field, kind.severity, "; ".join(bounds), kind.amount_from or "",
             f"{kind.lasts_days}, {kind.longest_days}", kind.implement_within, ", ".join(kind.propose), ", ".join(kind.implement),
             "" if kind.reversal is None else kind.reversal.en, f"{kind.sales_at_risk_pct:g}")  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |\n"


def _line(line: StrategyLine) -> str:
    said = {name: value for name, value in line.model_dump(exclude_defaults=True).items() if name != "kind"}
    return f"`{line.kind}`" + (f" ({', '.join(f'{name} {value}' for name, value in said.items())})" if said else "")


def _limit(policy: MeasurePolicy) -> str:
    rule = policy.limit
    steps = ", ".join(f"{step.factor:g} from pay index {step.pay_index_from:g}" for step in rule.history)
    factors = ", ".join(f"{word} {factor:g}" for word, factor in rule.class_factor.items())
    shares = ", ".join(f"{word} {share:g}" for word, share in rule.capacity_pct.items())
    return f"""
## Credit limit

limit = min(capacity, need, history) x class factor, capped, + what is secured, rounded down to {rule.round_to:,}.

| term | how |
|---|---|
| capacity | net worth of the newest statement x per cent by class: {shares} |
| need | billed in 12 months / 365 x (terms + average days late) x {1 + rule.need_headroom_pct / 100:g}; {rule.standard_terms_days} days where no terms are known |
| history | highest month-end balance of 12 months that was cleared since, after {rule.history_from_months} months of trade: {steps} |
| pay index | 80 on the day, 70 at 15 days late, 60 at 22, 50 at 30, 40 at 60, 30 at 90, 20 at 120 |
| class factor | {factors} |
| cap | {rule.single_name_pct:g} % of all receivables |
| secured | insurance and collateral valid today |

Where none of the three terms is known, the present limit stands for them, and without one the exposure.
"""
