"""Owns writing back into the CRMs: every target of the policy is looked at, proposed for, and written to."""

from datetime import date
from typing import TYPE_CHECKING, Any

from riskreview.audit.checkpoints import check_not_set_back
from riskreview.crm.carrying import carry
from riskreview.crm.desk import Desk
from riskreview.crm.opening import open_crm
from riskreview.crm.proposing import look, propose, propose_tasks
from riskreview.crm.results import WrittenBack
from riskreview.crm.targets import open_target
from riskreview.crm.use_cases import Network
from riskreview.foundation.errors import BadInput
from riskreview.foundation.services import Services
from riskreview.intake.staging import local_day
from riskreview.policy.crm_policy import load_crm_policy

if TYPE_CHECKING:
    from collections.abc import Mapping


def write_back(
    services: Services, network: Network, *, as_of: date | None = None, dry_run: bool = False
) -> WrittenBack:
    """Bring every target of the policy to what we want; a target whose connection is missing waits.

    :param dry_run: look and compare only; nothing is stored, nothing is written.
    :raises BadInput: E-CRM-FIELD where a target's fields do not fit.
    :raises LogSetBack: when the database was set back, so that what it wants written may be old, until a person reconciles it.
    """
    if not dry_run:
        with services.engine.connect() as connection:
            check_not_set_back(services, connection)
    done = WrittenBack()
    for target in load_crm_policy(services.instance).targets:
        if network.find(target.connection) is None:
            continue
        with open_crm(
            services, target.connection, network.find, transport=network.transport, timer=network.timer
        ) as crm:
            records = open_target(crm, target)
            problems = records.problems()
            if problems:
                raise BadInput(
                    "E-CRM-FIELD",
                    "; ".join(problems),
                    "Add the fields in the CRM, or correct policies/crm.yaml",
                    target.connection,
                )
            desk = Desk(services, target, crm, records, as_of or local_day(services.instance, services.clock.now()))
            done = done + (_compared(desk) if dry_run else _brought(desk))
    return done


def _compared(desk: Desk) -> WrittenBack:
    plan = look(desk)
    changes: dict[str, Mapping[str, Any]] = {
        record: {str(fact): change for fact, change in found.changes.items()}
        for record, (_, found) in plan.proposals.items()
    }
    return WrittenBack(proposed=len(changes), in_sync=plan.in_sync, edited=plan.edited, unknown=plan.unknown,
                       differences={desk.crm.name: changes})  # fmt: skip


def _brought(desk: Desk) -> WrittenBack:
    """Finish what an earlier pass began, propose what is wanted now, and write what is agreed to."""
    finished = carry(desk, ("writing", "written"))
    plan = look(desk)
    proposed = propose(desk, plan) + propose_tasks(desk)
    written = carry(desk, ("approved",))
    return (
        finished
        + written
        + WrittenBack(proposed=proposed, in_sync=plan.in_sync, edited=plan.edited, unknown=plan.unknown)
    )
