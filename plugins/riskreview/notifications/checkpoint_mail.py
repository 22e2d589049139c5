"""Owns mailing the newest checkpoint once a day to people who keep it out of reach of the database's administrators."""

import os
from collections.abc import Mapping
from datetime import date
from html import escape

import structlog
from sqlalchemy import text

from riskreview.audit.checkpoint_text import Checkpoint
from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.database import transaction
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.notifications.content import Content, Target
from riskreview.notifications.senders.mail import MailSender
from riskreview.policy.channels import Channel, load_channels

LOG = structlog.get_logger(__name__)
SUBJECT = {"en": "Checkpoint {number} of the event log: {size} events", "zh": "事件日志检查点 {number}：{size} 条事件"}
HOW = {
    "en": "Keep this mail. Whoever checks an evidence pack or an export later saves it as a text file and gives it to verify.py as --trusted.",
    "zh": "请保存此邮件。日后核验证据包或导出时，将其存为文本文件，并以 --trusted 交给 verify.py。",
}


def mail_checkpoint(services: Services, made: Checkpoint, *, environment: Mapping[str, str] | None = None) -> int:
    """Mail a checkpoint to the addresses of ``checkpoints_mail``, once a day, and return how many took it; a refusal is tried again next time.

    :param environment: fills ``${NAME}`` of the channel's URL; the process's own by default.
    """
    addresses, day = services.instance.settings.checkpoints_mail, made.at.date()
    if not addresses or _is_mailed(services, day):
        return 0
    channel = next((item for item in load_channels(services.instance).channels.values() if item.kind == "mail"), None)
    if channel is None:
        LOG.warning(
            "checkpoint_not_mailed", number=made.number, problem="policies/channels.yaml has no channel of kind mail"
        )
        return 0
    content = _content(made, services.instance.settings.language)
    variables = os.environ if environment is None else environment
    taken = sum(_is_taken(channel, address, content, variables) for address in addresses)
    if taken < len(addresses):
        LOG.warning(
            "checkpoint_not_mailed", number=made.number, problem=f"{len(addresses) - taken} mails were not accepted"
        )
        return taken
    event = AuditEvent(
        "audit_log:mailed",
        "audit_log",
        day.isoformat(),
        "system:audit",
        new={"checkpoint": made.number, "mails": taken},
    )
    with transaction(services.engine) as connection:
        append(connection, [event], at=services.clock.now())
    return taken


def _is_mailed(services: Services, day: date) -> bool:
    with services.engine.connect() as connection:
        return bool(
            connection.execute(
                text(sql("notifications", "is_checkpoint_mailed")), {"day": day.isoformat()}
            ).scalar_one()
        )


def _is_taken(channel: Channel, address: str, content: Content, environment: Mapping[str, str]) -> bool:
    target = Target(channel.target(address, environment), None, address)
    return MailSender().send(channel, target, content).outcome == "accepted"


def _content(made: Checkpoint, language: str) -> Content:
    subject = SUBJECT[language].format(number=made.number, size=made.size)
    told = f"{HOW[language]}\n\n{made.content}"
    page = f"<p>{escape(HOW[language])}</p><pre>{escape(made.content)}</pre>"
    return Content(f"CP-{made.number}", "low", subject, told, page, told, "", "", made.digest)
