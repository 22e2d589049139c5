"""Owns what an assessment rests on: policy, date, what was known, what people say, who belongs together."""

from dataclasses import dataclass
from datetime import date

from riskreview.assessment import store
from riskreview.assessment.scale import Scale, scale_of
from riskreview.facts.results import Pins
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import BadInput
from riskreview.foundation.services import Services
from riskreview.groups.ties import Ties, read_ties
from riskreview.opinions.ending import follow_merges
from riskreview.opinions.store import Opinion, in_force
from riskreview.policy.risk_policy import FILE, Policy, load_policy

ACTOR = "system:assessment"


@dataclass(frozen=True, slots=True)
class Task:
    """What is assessed, by which policy, for which date.

    :param head: the current assessment before it.
    :param pins: what was known; None for everything.
    :param opinions: what people say on that date.
    :param ties: who belongs together on that date.
    :param unreviewed: customers with an overdue review on that date.
    :param is_partial: some customers only; the others stay as they are.
    :param is_beside: while everybody is assessed by an earlier run.
    """

    as_of: date
    run_id: int
    scale: Scale
    head: store.Head | None
    pins: Pins | None
    opinions: tuple[Opinion, ...]
    ties: Ties
    unreviewed: tuple[int, ...] = ()
    is_partial: bool = False
    is_beside: bool = False

    @property
    def policy(self) -> Policy:
        """The policy of the scale."""
        return self.scale.policy

    @property
    def is_current(self) -> bool:
        """Tell whether the result may become the current assessment."""
        return self.head is None or self.as_of >= self.head.as_of


def begin(services: Services, as_of: date, run_id: int, pins: Pins | None) -> Task:
    """Return what an assessment rests on, and store the policy and the relations it uses.

    :raises BadInput: for a policy that is wrong, not yet effective, or changed under a version that was used.
    """
    policy = load_policy(services.instance)
    if as_of < policy.effective_from:
        raise BadInput("E-POLICY-DATE", f"the policy is effective from {policy.effective_from}, not yet on {as_of}",
                       "Choose a later date or give the policy an earlier one", FILE, None, "effective_from")  # fmt: skip
    with transaction(services.engine) as connection:
        store.register_policy(connection, policy, at=services.clock.now())
        head = store.read_head(connection)
        if head is None or as_of >= head.as_of:
            follow_merges(connection, actor=ACTOR, on_day=as_of, at=services.clock.now(), cause={"run_id": run_id})
        said = in_force(connection, on_day=as_of)
        unreviewed = store.read_unreviewed(connection, as_of=as_of)
    ties = read_ties(services, pins=pins, as_of=as_of, keep=head is None or as_of >= head.as_of)
    return Task(as_of, run_id, scale_of(policy.content), head, pins, said, ties, unreviewed)
