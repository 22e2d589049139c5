"""Owns looking through everything a demo left where people and programs read, for what belongs to customers and for secrets.

Airflow's database is read whole, table by table: XCom, rendered fields, parameters, events and what later versions may add.
"""

import json
from collections.abc import Iterator
from email import message_from_bytes, policy

import pyarrow as pa
from sqlalchemy import Connection, create_engine, text
from tests.torture.canaries import LOOKED_AT

from riskreview.crm.emulator import fxiaoke, zoho
from riskreview.facts import delta_tables
from riskreview.foundation.services import Services

SHORTEST = 6
"""A shorter word may be part of any other."""
OF_CUSTOMERS = """SELECT unnest(ARRAY[name, tax_id, address, phone, website]) FROM account UNION SELECT unnest(ARRAY[name, tax_id]) FROM customer
    UNION SELECT unnest(ARRAY[name, tax_id]) FROM account_history"""
CONTACTS = ("name", "email", "phone", "mobile", "address")


def personal(services: Services) -> set[str]:
    """Return names, numbers and addresses of every customer and of the people there."""
    with services.engine.connect() as connection:
        words = set(connection.execute(text(OF_CUSTOMERS)).scalars())
    table = delta_tables.open_table(services.instance, "contacts")
    contacts = pa.table({}) if table is None else table.to_pyarrow_dataset().to_table()
    for name in set(CONTACTS) & set(contacts.column_names):
        words |= set(contacts[name].to_pylist())
    return {word for word in words if word and len(word) >= SHORTEST}


def secrets(services: Services) -> set[str]:
    """Return what is in the files that only their owner may read, and what the CRMs are opened with."""
    home, found = (
        services.instance.home,
        {zoho.CLIENT_SECRET, zoho.REFRESH_TOKEN, fxiaoke.APP_SECRET, fxiaoke.PERMANENT_CODE},
    )
    for path in (path for folder in ("secrets", "keys") for path in (home / folder).rglob("*") if path.is_file()):
        content = path.read_text(encoding="utf-8", errors="replace")
        found |= set(_leaves(json.loads(content))) if path.suffix == ".json" else set(content.splitlines())
    return {word for word in found if len(word) > 10 and not word.startswith("-----")}


def _leaves(document: object) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict | list):
        for item in document.values() if isinstance(document, dict) else document:
            yield from _leaves(item)


def texts(services: Services) -> Iterator[tuple[str, str]]:
    """Yield where people and programs read, and what stands there."""
    home = services.instance.home
    with services.engine.connect() as connection:
        yield from _tables(connection, LOOKED_AT)
        bodies = connection.execute(text("SELECT body FROM audit_event")).scalars()
        yield "the event log", "\n".join(bytes(body).decode() for body in bodies)
    airflow = create_engine(services.engine.url.set(database="airflow"))
    with airflow.connect() as connection:
        names = connection.execute(
            text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        )
        yield from _tables(connection, tuple(names.scalars()))
    airflow.dispose()
    emulators = set((home / "logs").glob("crm-*.log"))
    """Programs of their own, which print what they are to be opened with."""
    for path in sorted(path for path in (home / "logs").rglob("*") if path.is_file() and path not in emulators):
        yield path.relative_to(home).as_posix(), path.read_text(encoding="utf-8", errors="replace")
    for path in sorted((home / "mail").rglob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        parts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
        yield path.relative_to(home).as_posix(), "\n".join([*map(str, mail.values()), *map(str, parts)])


def _tables(connection: Connection, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name in names:
        rows = connection.execute(text(f'SELECT CAST(r AS text) FROM "{name}" AS r')).scalars()  # noqa: S608  names of tables
        yield f"table {name}", "\n".join(rows)
