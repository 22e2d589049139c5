"""Owns what follows once figures, model and rules have spoken: the parent, what people say, history, and how long the result holds."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from riskreview.assessment.classes import Evaluation
from riskreview.assessment.conditions import RANK, worse_of
from riskreview.assessment.experts import Experts, listen
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
    :param without_opinion: worst of figures, model, rules and parent; what people say is judged against it later.
    :param opinion_id: the opinion that counted, 0 = none; ``opinion_class`` the class it names; ``lapsed_id`` one that facts overtook.
    :param evaluated: the class of this evaluation, every layer but history in it.
    :param rule_code: the rule or layer that decided; 0 = the index.
    :param held: the class would be better if data were fresh and complete.
    :param valid_until: day number of the last day the class may be relied on.
    """

    cap: Classes
    without_opinion: Classes
    opinion_id: Bits
    opinion_class: Classes
    lapsed_id: Bits
    evaluated: Classes
    standing: Bits
    confirmed: Bits
    risk_class: Classes
    previous_class: Classes
    rule_code: Classes
    held: Bools
    valid_until: Days


@dataclass(frozen=True, slots=True)
class Given:
    """What a decision takes in beside the evaluation; arrays of its length.

    :param model_class: class by the credit model, 0 where it says nothing; the evaluation has taken it in already.
    :param cap: class by the parent, 0 where there is none.
    """

    model_class: Classes
    cap: Classes
    experts: Experts
    before: Before
    stale: Bools

    def take(self, rows: Rows, *, cap: Classes | None = None) -> "Given":
        """Return the given rows, with another class by the parent."""
        return Given(self.model_class[rows], self.cap[rows] if cap is None else cap, self.experts.take(rows),
                     self.before.take(rows), self.stale[rows])  # fmt: skip


def decide(now: Evaluation, given: Given, *, as_of: date, policy: Policy) -> Decision:
    """Return the layers above an evaluation, one after the other."""
    cap = np.where(given.experts.is_fenced, 0, given.cap).astype(np.int16)
    capped = worse_of(now.computed, cap)
    said = listen(now, capped, worse_of(now.leaving, cap), given.experts, policy)
    history = unpack(given.before.standing)
    summary = Evaluated(said.evaluated, said.leaving, now.warnings | now.alarms, now.missing, given.stale)
    moved = advance(history, given.before.confirmed, summary, given.experts, as_of=as_of, policy=policy)
    by_figures = np.where(
        RANK[capped] > RANK[now.computed], policy.layers.group_cap.code, _own_code(now, given.model_class, policy)
    )
    deciding = np.where(said.evaluated != capped, policy.layers.opinion.code, by_figures)
    code = np.where(moved.kept, HELD, deciding).astype(np.int16)
    return Decision(cap, capped, said.opinion_id, said.opinion_class, said.lapsed_id, said.evaluated, moved.standing.packed(),
                    moved.confirmed, moved.standing.risk_class, history.risk_class, code, moved.held,
                    valid_until(moved.standing, policy))  # fmt: skip


def _own_code(now: Evaluation, model_class: Classes, policy: Policy) -> Classes:
    """Return the code of what decides by the customer's own figures: 0 for the index, else the model or the rule that is worse."""
    by_figures = np.where(model_class > now.index_class, policy.layers.model.code, 0)
    by_rules = now.floor > np.maximum(now.index_class, model_class)
    return np.where(by_rules, now.floor_code, by_figures).astype(np.int16)


def cap_of(parent_class: Classes, policy: Policy) -> Classes:
    """Return what the classes of parents mean for their children: nothing where the parent is unknown."""
    return np.minimum(parent_class, np.int16(RiskClass[policy.layers.group_cap.worst]))
