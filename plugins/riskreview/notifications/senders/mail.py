"""Owns mail: an Apprise plugin on Apprise's own mail service that sends our text beside our HTML and reads every SMTP reply.

Apprise's plugin would derive the text from the HTML and report every failure alike. URL, provider settings, TLS and login stay
Apprise's.
"""

import smtplib
from email.header import Header
from email.headerregistry import Address
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import formataddr, formatdate
from functools import cache
from typing import Any

from riskreview.notifications.calendar_entry import from_sender
from riskreview.notifications.content import Answer, CalendarFile, Content, Target
from riskreview.notifications.senders.through_apprise import apprise_with, asset_for, load_apprise, notified
from riskreview.policy.channels import Channel

SMTP_LINES = compat32.clone(linesep="\r\n")
"""The older header rules: they encode a title with Chinese or a dash as one piece, the newer ones lose or double its spaces."""

_BEFORE_DATA = (
    smtplib.SMTPConnectError, smtplib.SMTPHeloError, smtplib.SMTPAuthenticationError, smtplib.SMTPSenderRefused,
    smtplib.SMTPNotSupportedError, ConnectionRefusedError,
)  # fmt: skip


class MailSender:
    """Mail through any SMTP server Apprise's ``mailto://`` and ``mailtos://`` can describe."""

    def send(self, channel: Channel, target: Target, content: Content) -> Answer:
        """Send one mail; a refusal of the recipient or the content is ``refused``, a lost connection ``unknown``."""
        plugin = _plugin(channel, target, content)
        if plugin is None:
            return Answer("refused", "E-CHANNEL Apprise cannot read the mail URL or the recipient's address")
        client = apprise_with(channel, plugin)
        answer = notified(channel, client, content.subject, content.text, "text")
        return plugin.answer or answer


def compose(content: Content, *, sender: Address, recipient: Address) -> bytes:
    """Build the mail: text and HTML, calendar entries where there are any, a message id derived from the Ref so that a repeat is recognized."""
    body = MIMEMultipart("alternative")
    for text, kind in ((content.text, "plain"), (content.html, "html")):
        body.attach(MIMEText(text, kind, "utf-8"))
    mail = _with_entries(body, content.calendar, sender) if content.calendar else body
    subject = " ".join(content.subject.split())
    mail["Subject"] = Header(subject, None if subject.isascii() else "utf-8")  # type: ignore[assignment]  # compat32 takes it
    mail["From"], mail["To"] = _written(sender), _written(recipient)
    mail["Date"] = formatdate(localtime=False)
    mail["Message-ID"] = f"<{content.ref.lower()}.{content.sha256[:12]}@{sender.domain or 'riskreview'}>"
    mail["X-Riskreview-Ref"], mail["Auto-Submitted"] = content.ref, "auto-generated"
    mail["X-Priority"] = "1" if content.urgency == "critical" else "3"
    return mail.as_bytes(policy=SMTP_LINES)


def _with_entries(body: MIMEMultipart, file: CalendarFile, sender: Address) -> MIMEMultipart:
    attached = MIMEText(from_sender(file, sender.addr_spec), "calendar", "utf-8")
    attached.set_param("method", file.method)
    attached.add_header("Content-Disposition", "attachment", filename="due.ics")
    mail = MIMEMultipart("mixed")
    mail.attach(body)
    mail.attach(attached)
    return mail


def _written(person: Address) -> str:
    return formataddr((person.display_name, person.addr_spec), "utf-8")


def judged(error: Exception) -> Answer:
    """Translate an SMTP or network error: what came before the content was handed over is a refusal, the rest is unknown."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        return _refusal(code, words)
    if isinstance(error, smtplib.SMTPResponseException):
        return _refusal(error.smtp_code, error.smtp_error)
    if isinstance(error, _BEFORE_DATA):
        return Answer("refused", f"not reached: {type(error).__name__}")
    return Answer("unknown", f"connection lost: {type(error).__name__}")


def _refusal(code: int, words: bytes | str) -> Answer:
    reason = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    masked = " ".join(part if "@" not in part else "…" for part in reason.split())
    return Answer(
        "refused",
        f"SMTP {code}: {masked[:120]}",
        60.0 if code in {421, 450, 451, 452} and "rate" in masked.lower() else None,
    )


def _plugin(channel: Channel, target: Target, content: Content) -> Any:  # an Apprise plugin; Apprise is untyped
    apprise = load_apprise()
    settings = apprise.plugins.email.NotifyEmail.parse_url(target.url)
    if not settings:
        return None
    settings["asset"] = asset_for(channel)
    try:
        plugin = _mail_plugin()(**settings)
    except (TypeError, ValueError, apprise.exception.AppriseException):
        return None
    plugin.content, plugin.answer = content, None
    plugin.socket_connect_timeout = channel.timeout_seconds
    return plugin if len(plugin.targets) == 1 else None


@cache
def _mail_plugin() -> type[Any]:  # the class exists once Apprise has been imported, which costs half a second
    email, connection = load_apprise().plugins.email, _connection()

    class TwoPartMail(email.NotifyEmail):  # type: ignore[name-defined]  # Apprise is untyped
        """Sends ``content`` and keeps what the server answered in ``answer``."""

        content: Content
        answer: Answer | None

        def send(self, *_: object, **__: object) -> bool:
            """Send the mail; body and title that Apprise passes are those of ``content``."""
            name, address = self.targets[0]
            sender = Address(self.from_addr[0] or "riskreview", addr_spec=self.from_addr[1])
            mail = compose(self.content, sender=sender, recipient=Address(name or "", addr_spec=address))
            try:
                with connection(
                    host=self.smtp_host, port=self.port, secure_mode=self.secure_mode, user=self.user, password=self.password,
                    verify_certificate=self.verify_certificate, socket_connect_timeout=self.socket_connect_timeout,
                ) as smtp:  # fmt: skip
                    smtp.sendmail(self.from_addr[1], [address], mail)
                    self.answer = Answer("accepted", "SMTP 250")
            except (OSError, smtplib.SMTPException, RuntimeError) as error:
                self.answer = self.answer or judged(error)
            return self.answer.outcome == "accepted"

    return TwoPartMail


@cache
def _connection() -> type[Any]:  # as above
    load_apprise()
    from apprise.plugins.email.smtp import AppriseSMTPController

    class Connection(AppriseSMTPController):
        """Apprise's connection, letting SMTP errors through instead of turning them into False."""

        def __enter__(self) -> Any:  # Apprise is untyped
            """Connect; without TLS no certificate store is loaded, which would cost more than the mail."""
            if self.secure_mode != "insecure" or self.user:
                return super().__enter__()
            self._socket = smtplib.SMTP(self.host, self.port, timeout=self.socket_connect_timeout)
            return self

        def sendmail(self, from_addr: str, to_addrs: list[str], message: bytes) -> bool:
            """Send and raise what the server answered."""
            return not self._socket.sendmail(from_addr, to_addrs, message)

    return Connection
