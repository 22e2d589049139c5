"""Owns how the first policy comes into force, by which one a day is worked, and saying so where the files are another one."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

import structlog

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.approved import in_force
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import BadInput
from riskreview.foundation.services import Services
from riskreview.gate import store
from riskreview.gate.files import own_set
from riskreview.policy.risk_policy import load_policy

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
ACTOR = "system:gate"
SENTENCES = {
    "en": {
        "differs": "The policy files differ from version {version}, which is in force, in {names}; the run works by version {version}.",
        "propose": "See what changed with: riskreview policy diff; try it and propose it with: riskreview policy backtest, then propose.",
        "proposed": "They wait as proposal {proposal}: riskreview policy list.",
        "coming": "They come into force on {day}.",
        "unreadable": "The policy files cannot be read ({problem}); the run works by version {version}, which is in force.",
    },
    "zh": {
        "differs": "政策文件与生效版本 {version} 在 {names} 上不一致；本次运行按版本 {version} 执行。",
        "propose": "查看差异：riskreview policy diff；试算并提交：riskreview policy backtest，然后 propose。",
        "proposed": "该版本已作为第 {proposal} 号提案等待审批：riskreview policy list。",
        "coming": "该版本将于 {day} 生效。",
        "unreadable": "政策文件无法读取（{problem}）；本次运行按生效版本 {version} 执行。",
    },
}  # fmt: skip


def install(services: Services) -> bool:
    """Put the files as they stand into force as the first version, in the name of the system; False when one is in force already.

    A new instance begins so, and one from before there was a gate: it goes on by the files it had.

    :raises BadInput: for a risk policy that is wrong.
    """
    if services.instance.approved is not None:
        return False
    with services.engine.connect() as connection:
        if in_force(connection, services.today) is not None:
            return False
    found, policy, at = own_set(services.instance), load_policy(services.instance), services.clock.now()
    with transaction(services.engine) as connection:
        store.lock_gate(connection)
        if in_force(connection, services.today) is not None:
            return False
        store.keep_set(connection, found, risk_version=policy.version, person=ACTOR, at=at)
        number = store.insert_activation(connection, {"digest": found.digest, "effective_from": policy.effective_from, "proposal_id": None,
                                                      "person": ACTOR, "at": at})  # fmt: skip
        said = {
            "set_digest": found.digest,
            "effective_from": policy.effective_from.isoformat(),
            "risk_version": policy.version,
        }
        append(connection, [AuditEvent("policy:installed", "policy_activation", str(number), ACTOR, new=said)], at=at)
    return True


def policy_of(services: Services, day: date | None) -> Services:
    """Return the services as a run for a day has to work: by the version in force then; None for today.

    :raises BadInput: when nothing is in force yet and the risk policy is wrong.
    """
    install(services)
    return services.by_approved(day or services.today)


def by_policy(
    stage: Callable[Concatenate[Services, Arguments], Result],
) -> Callable[Concatenate[Services, Arguments], Result]:
    """Let a stage work by the version in force on its business date ``as_of``; today's where it has none."""

    @wraps(stage)
    def working(services: Services, /, *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
        day = named.get("as_of")
        return stage(policy_of(services, day if isinstance(day, date) else None), *arguments, **named)

    return working


def differing_files(services: Services, *, language: str = "en") -> str | None:
    """Return a sentence where the files of the instance are not what is in force today; None where they are, or nothing is."""
    told, today = SENTENCES["zh" if language == "zh" else "en"], services.today
    with services.engine.connect() as connection:
        digest = in_force(connection, today)
        if digest is None:
            return None
        number = next(row["activation_id"] for row in store.list_activations(connection, on_day=today) if row["is_in_force"])  # fmt: skip
        try:
            own = own_set(services.instance)
        except BadInput as error:
            return told["unreadable"].format(problem=str(error), version=number)
        if own.digest == digest:
            return None
        names = ", ".join(own.differing(store.read_set(connection, digest)))
        standing = store.standing_of(connection, own.digest, on_day=today)
    first = told["differs"].format(version=number, names=names)
    if standing.comes_on is not None:
        return f"{first} {told['coming'].format(day=standing.comes_on)}"
    if standing.proposal_id is not None:
        return f"{first} {told['proposed'].format(proposal=standing.proposal_id)}"
    return f"{first} {told['propose']}"


def warn_of_differing_files(services: Services) -> bool:
    """Log a warning where the files of the instance are not what is in force; tell whether they differ."""
    sentence = differing_files(services)
    if sentence is not None:
        structlog.get_logger("riskreview").warning("policy_files_differ", problem=sentence)
    return sentence is not None
