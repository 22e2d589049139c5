"""Owns what is wanted of a CRM and differs from what it says: looking, proposing, granting what needs nobody."""

from dataclasses import dataclass, field
from datetime import timedelta

from riskreview.crm import write_store
from riskreview.crm.desk import ACTOR, Desk
from riskreview.crm.difference import Difference, differ
from riskreview.crm.lifecycle import WRITE
from riskreview.crm.telling import Edit, tell_edits
from riskreview.crm.wishes import wished
from riskreview.foundation import failpoints
from riskreview.foundation.database import transaction
from riskreview.mechanisms.lifecycle import SYSTEM, apply_many
from riskreview.policy.risk_policy import load_policy
from riskreview.policy.risk_terms import RiskClass

PROPOSED = failpoints.register("crm.proposed", "writes are proposed, granted and told of, but not committed")
REFUSED_FOR = timedelta(days=1)
"""What the CRM refused is tried again after that, if it is still wanted."""


@dataclass(slots=True)
class Plan:
    """What one look at a target found.

    :param in_sync: accounts of which the CRM says what we want. :param edited: of which a person wrote something else since we did.
    """

    proposals: dict[str, tuple[int, Difference]] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)
    in_sync: int = 0
    edited: int = 0
    unknown: int = 0


def look(desk: Desk) -> Plan:
    """Return what has to change in a target. Reads only."""
    policy, language = load_policy(desk.services.instance), desk.services.instance.settings.language
    seen = {item.record_id: item for item in desk.records.everything(desk.crm.reader.server_time())}
    with desk.services.engine.connect() as connection:
        rows = write_store.wanted(connection, system=desk.target.system, on_day=desk.day)
        ours = write_store.ours(connection, desk.crm.name)
    plan = Plan()
    for row in rows:
        present = seen.get(row.account_id)
        if present is None:
            plan.unknown += 1
            continue
        found = differ(present.values, wished(row, policy, language), ours.get(row.account_id, {}), desk.target.fields)
        if found.edited:
            plan.edited += 1
            theirs = {fact: present.values.get(fact) for fact in found.edited}
            plan.edits.append(Edit(desk.crm.name, row.account_id, int(row.customer_key), theirs))
        if found.changes:
            plan.proposals[row.account_id] = (int(row.customer_key), found)
        else:
            plan.in_sync += 1
    return plan


def propose(desk: Desk, plan: Plan) -> int:
    """Propose what differs, let go what is no longer wanted and tell of edits, in one transaction; what needs nobody is granted."""
    at, name = desk.services.clock.now(), desk.crm.name
    with transaction(desk.services.engine) as connection:
        under_way = [item for item in write_store.writes(connection, name, write_store.OPEN) if not item.task]
        busy = {item.record_id for item in under_way if item.state in {"writing", "written"}}
        waiting = {item.record_id: item for item in under_way if item.record_id not in busy}
        settled = write_store.settled(connection, name, since=at - REFUSED_FOR)
        stale = [item.write_id for record, item in waiting.items()
                 if record not in plan.proposals or plan.proposals[record][1].digest != item.digest]  # fmt: skip
        apply_many(connection, WRITE, "withdraw", stale, actor=ACTOR, roles=(SYSTEM,), at=at)
        kept = busy | {record for record, item in waiting.items() if item.write_id not in stale}
        new = {
            record: found
            for record, found in plan.proposals.items()
            if record not in kept and (record, found[1].digest) not in settled
        }
        granted = []
        for record, (customer_key, found) in sorted(new.items()):
            number = write_store.insert_fields(connection, name=name, object_=desk.target.object, record_id=record,
                                               customer_key=customer_key, difference=found, at=at)  # fmt: skip
            granted += [] if found.needs_person else [number]
        apply_many(connection, WRITE, "grant", granted, actor=ACTOR, roles=(SYSTEM,), at=at)
        tell_edits(connection, desk.services, plan.edits, desk.day)
        failpoints.reach(PROPOSED)
    return len(new)


def propose_tasks(desk: Desk) -> int:
    """Propose a task for every open review the policy writes one for, and return how many are new."""
    rule = desk.target.tasks
    if rule is None:
        return 0
    at = desk.services.clock.now()
    with transaction(desk.services.engine) as connection:
        new = write_store.insert_tasks(connection, name=desk.crm.name, object_=rule.object, system=desk.target.system,
                                       least_class=RiskClass[rule.least_class], at=at, on_day=desk.day)  # fmt: skip
        apply_many(connection, WRITE, "grant", new, actor=ACTOR, roles=(SYSTEM,), at=at)
    return len(new)
