"""Owns looking for what must not be where people and programs read: names and numbers of customers, secrets of the instance."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

from sqlalchemy import text
from tests.torture.portfolio import NAME, SECRET, tax

from riskreview.foundation.services import Services

LOOKED_AT = ("audit_event", "outbox_event", "message", "message_attempt", "message_item", "duty", "run", "signal", "signal_outcome", "step",
             "activation", "batch", "event", "fact_batch", "invariant_finding", "completeness_case", "policy_version")  # fmt: skip
"""Tables that messages are made of and that the log, the run history and the work of people are kept in."""


def canaries(home: Path) -> dict[str, str]:
    """Return what was planted: a word of every name, a registration number, a secret, and a line of each private key."""
    keys = {f"the key {path.name}": _longest_line(path) for path in sorted((home / "keys").glob("*")) if path.is_file()}
    return {
        "a name": NAME,
        "a registration number": tax(1),
        "a secret": SECRET,
        **{k: v for k, v in keys.items() if len(v) > 20},
    }


def _longest_line(path: Path) -> str:
    return max(path.read_text(encoding="utf-8", errors="replace").splitlines() or [""], key=len)


def found_in_database(services: Services) -> Iterator[str]:
    """Yield each canary with the table it was found in; bytes are read as text."""
    with services.engine.connect() as connection:
        for what, word in canaries(services.instance.home).items():
            for table in LOOKED_AT:
                body = " OR position(CAST(:word AS bytea) IN r.body) > 0" if table == "audit_event" else ""
                query = f"SELECT count(*) FROM {table} AS r WHERE position(:word IN CAST(r AS text)) > 0{body}"  # noqa: S608  our tables
                if connection.execute(text(query), {"word": word}).scalar_one():
                    yield f"I12 {what} in {table}"


def found_in_text(home: Path, where: str, content: str) -> Iterator[str]:
    """Yield each canary in a text."""
    yield from (f"I12 {what} in {where}" for what, word in canaries(home).items() if word in content)


def found_in_mails(home: Path, folder: Path) -> Iterator[str]:
    """Yield each canary in a mail, its encoding undone."""
    for path in folder.glob("*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        parts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
        yield from found_in_text(home, "a mail", "\n".join([*map(str, mail.values()), *map(str, parts)]))
