"""Owns what follows once figures, model and rules have spoken: the parent's class, then history, then how long the result holds."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from riskreview.assessment.classes import Evaluation
from riskreview.assessment.conditions import RANK, worse_of
from riskreview.assessment.positions import Bits, Bools, Classes, Rows
from riskreview.assessment.standing import HELD, Days, Evaluated, advance, unpack, valid_until
from riskreview.policy.risk_policy import Policy
from riskreview.policy.risk_terms import RiskClass


@dataclass(frozen=True, slots=True)
class Before:
    """What was decided at the business date before: packed standings and the breaches they rest on."""

    standing: Bits
    confirmed: Bits

    def take(self, rows: Rows) -> "Before":
        """Return the given rows."""
        return Before(self.standing[rows], self.confirmed[rows])


@dataclass(frozen=True, slots=True)
class Decision:
    """The layers above one evaluation, in their order.

    :param cap: the class the parent gives at least, 0 = none.
    :param evaluated: the class of this evaluation, every layer but history in it.
    :param rule_code: the rule or layer that decided; 0 = the index.
    :param held: the class would be better if data were fresh and complete.
    :param valid_until: day number of the last day the class may be relied on.
    """

    cap: Classes
    evaluated: Classes
    standing: Bits
    confirmed: Bits
    risk_class: Classes
    previous_class: Classes
    rule_code: Classes
    held: Bools
    valid_until: Days


def decide(
    now: Evaluation, model_class: Classes, cap: Classes, before: Before, stale: Bools, *, as_of: date, policy: Policy
) -> Decision:  # fmt: skip
    """Return the layers above an evaluation.

    :param model_class: class by the credit model, 0 where it says nothing; the evaluation has taken it in already.
    :param cap: class by the parent, 0 where there is none.
    """
    evaluated, leaving = worse_of(now.computed, cap), worse_of(now.leaving, cap)
    summary = Evaluated(evaluated, leaving, now.warnings | now.alarms, now.missing, stale)
    history = unpack(before.standing)
    moved = advance(history, before.confirmed, summary, as_of=as_of, policy=policy)
    deciding = np.where(
        RANK[evaluated] > RANK[now.computed], policy.layers.group_cap.code, _own_code(now, model_class, policy)
    )
    code = np.where(moved.kept, HELD, deciding).astype(np.int16)
    return Decision(cap, evaluated, moved.standing.packed(), moved.confirmed, moved.standing.risk_class, history.risk_class,
                    code, moved.held, valid_until(moved.standing, policy))  # fmt: skip


def _own_code(now: Evaluation, model_class: Classes, policy: Policy) -> Classes:
    """Return the code of what decides by the customer's own figures: 0 for the index, else the model or the rule that is worse."""
    by_figures = np.where(model_class > now.index_class, policy.layers.model.code, 0)
    by_rules = now.floor > np.maximum(now.index_class, model_class)
    return np.where(by_rules, now.floor_code, by_figures).astype(np.int16)


def cap_of(parent_class: Classes, policy: Policy) -> Classes:
    """Return what the classes of parents mean for their children: nothing where the parent is unknown."""
    return np.minimum(parent_class, np.int16(RiskClass[policy.layers.group_cap.worst]))
