"""Owns the verbs of this room: deliver what is in the outbox, escalate duties nobody did, acknowledge a message."""

import os
from collections import Counter
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from sqlalchemy import text

from riskreview.audit.checkpoints import check_not_set_back
from riskreview.audit.tip import leave_tip
from riskreview.foundation.database import retry_transaction
from riskreview.foundation.failpoints import reach
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.mechanisms.duty import SweepCounts, sweep
from riskreview.notifications.acknowledgement import Acknowledged, Ticket, link_maker, look_up, use
from riskreview.notifications.dispatch import Dispatcher
from riskreview.notifications.expansion import EVENTS_AT_ONCE, Expanded, expand
from riskreview.notifications.ledger import QUEUED, overtake
from riskreview.notifications.people import Directory
from riskreview.notifications.rendering import Renderer
from riskreview.notifications.results import DeliveryCounts, EscalationCounts
from riskreview.notifications.titles import titles
from riskreview.policy.channels import load_channels
from riskreview.policy.team import load_team

DUTIES_AT_ONCE = 2000


def deliver(
    services: Services, *, environment: Mapping[str, str] | None = None, seconds: float = 240
) -> DeliveryCounts:
    """Turn outbox events into messages and send what is due. May run any number of times at once and be killed anywhere.

    :param environment: fills ``${NAME}`` of channel URLs; the process's own by default.
    :param seconds: after this time no further message is claimed; the rest waits for the next delivery.
    :raises LogSetBack: when the database was set back, so that messages would go out a second time, until a person reconciles it.
    :raises BadInput: when the channels or the team file is wrong.
    """
    with services.engine.connect() as connection:
        check_not_set_back(services, connection)
    dispatcher = _dispatcher(services, environment if environment is not None else os.environ)
    made = _expand_all(services, dispatcher.directory)
    now = services.clock.now()
    overtaken = retry_transaction(services.engine, lambda connection: overtake(connection, now=now))
    reach(QUEUED)
    leave_tip(services)
    states = dispatcher.recover() + dispatcher.send_due(seconds=seconds)
    has_failed = states["dead"] or states["refused"] or states["unknown"]
    alarms = _expand_all(services, dispatcher.directory) if has_failed else Expanded()
    states += dispatcher.send_due(seconds=seconds / 4) if alarms.queued else Counter()
    if states:
        leave_tip(services)
    with services.engine.connect() as connection:
        waiting = int(connection.execute(text(sql("notifications", "waiting"))).scalar_one())
    return DeliveryCounts(
        made.queued + alarms.queued, states["accepted"], states["refused"], states["unknown"],
        made.digested + alarms.digested, waiting, made.suppressed, states["dead"] + made.dead + alarms.dead, overtaken,
    )  # fmt: skip


def escalate(services: Services) -> EscalationCounts:
    """Move every due duty up one rung of its ladder, some thousand in one transaction."""
    total = Counter[str]()
    now = services.clock.now()
    while True:
        counts: SweepCounts = retry_transaction(
            services.engine, lambda connection: sweep(connection, now=now, limit=DUTIES_AT_ONCE)
        )
        total.update({"reminded": counts.reminded, "escalated": counts.escalated, "exhausted": counts.exhausted})
        if counts.total < DUTIES_AT_ONCE:
            return EscalationCounts(total["reminded"], total["escalated"], total["exhausted"])


def verify(services: Services, *, token: str) -> Ticket:
    """Return what an acknowledgement link stands for; changes nothing, so that a mail scanner may open it.

    :raises RuleViolation: when the link is not ours or too old.
    :raises NotFound: when its message does not exist.
    """
    nonce = link_maker(services.instance).nonce(token)
    with services.engine.connect() as connection:
        return look_up(connection, nonce, load_channels(services.instance).delivery, now=services.clock.now())


def acknowledge(services: Services, *, token: str, person: str) -> Acknowledged:
    """Say for a person "I have seen it": the ladders of the message's duties stop. A second use changes nothing.

    :param person: who is logged in; only the message's recipient may use its link.
    :raises RuleViolation: when the link is not ours, too old, or somebody else's.
    :raises NotFound: when its message does not exist.
    """
    nonce = link_maker(services.instance).nonce(token)
    delivery = load_channels(services.instance).delivery
    now = services.clock.now()
    return retry_transaction(
        services.engine, lambda connection: use(connection, nonce, delivery, person=person, now=now)
    )


def _dispatcher(services: Services, environment: Mapping[str, str]) -> Dispatcher:
    settings = services.instance.settings
    team = load_team(services.instance)
    channels = load_channels(services.instance)
    day = services.clock.now().astimezone(ZoneInfo(settings.time_zone)).date()
    on_duty = team.on_duty(channels.delivery.alarm_role, day)
    alarm_to = tuple(name for name in (on_duty.owner, on_duty.deputy) if name)
    people = {person.id: person.name for person in team.persons}
    renderer = Renderer(
        services.instance.console_url, link_maker(services.instance).address, titles(services.instance), people
    )
    return Dispatcher(services, Directory(team, channels, day, settings.language), renderer, environment, alarm_to)


def _expand_all(services: Services, directory: Directory) -> Expanded:
    now = services.clock.now()
    total = Expanded()
    while True:
        made = retry_transaction(services.engine, lambda connection: expand(connection, directory, at=now))
        total = Expanded(*(getattr(total, name) + getattr(made, name) for name in Expanded.__slots__))
        if made.events < EVENTS_AT_ONCE:
            return total
