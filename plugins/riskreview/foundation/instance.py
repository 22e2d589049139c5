"""Owns the layout of an instance: one folder with settings, inbox, raw zone, facts and the embedded database."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from riskreview.foundation.errors import BadInput
from riskreview.foundation.named_connections import given_by_runner, written_fields
from riskreview.foundation.roles import WORKING, DatabaseRole
from riskreview.foundation.storage_connection import REPAIR, options_from
from riskreview.foundation.yaml_file import StrictModel, load_yaml

PACKAGED = Path(os.environ.get("RISKREVIEW_INCLUDE") or Path(__file__).resolve().parents[3] / "include")
"""The shipped SQL, templates, policies, playbooks, mappings and calendars."""

WHOLE = frozenset({"playbooks"})
"""Folders that are approved with all their files; of others only the files that were approved are."""

WRITTEN_BY_PEOPLE = ("settings.yaml", "mappings", "policies", "playbooks", "calendars", "identity")
"""What of an instance may be kept in a repository: it holds no secret. Everything else is keys, customers' data, or made anew."""

MOST_BUCKETS = 1000
DEFAULT_CONSOLE_URL = "http://127.0.0.1:8080/riskreview"


class Settings(StrictModel):
    """``settings.yaml`` of an instance; every key has a default that runs on one machine.

    ``database_url`` and the storage places may hold ``${NAME}``, filled from the environment, so that no secret is in a file.
    """

    database_url: str | None = Field(None, description="SQLAlchemy URL; without it the embedded PostgreSQL is used")
    storage_url: str | None = Field(
        None,
        description="folder or object storage that holds raw zone, facts, evidence and checkpoints, unless one has a place of its own",
    )
    facts_url: str | None = Field(None, description="folder or object storage of the fact tables")
    raw_url: str | None = Field(None, description="folder or object storage of the raw zone")
    inbox_url: str | None = Field(None, description="folder or object storage where extracts arrive")
    checkpoints_url: str | None = Field(
        None, description="folder or object storage for the event log's signed checkpoints, best on another machine"
    )
    checkpoints_mail: list[str] = Field(
        default_factory=list, description="mail addresses that get a checkpoint of the event log once a day"
    )
    evidence_url: str | None = Field(None, description="folder or object storage of evidence packs")
    storage_connection: str | None = Field(
        None, description="name of the connection with the credentials of the object storage"
    )
    storage_options: dict[str, str] = Field(
        default_factory=dict, description="options of the object storage, also credentials"
    )
    cache_gb: float = Field(20, gt=0, description="local disk for copies of what is in object storage")
    staging_days: int = Field(7, ge=0, description="so many days staged rows are kept after they became facts")
    reporting_currency: str = Field("CNY", pattern=r"^[A-Z]{3}$")
    time_zone: str = "Asia/Shanghai"
    calendar: str | None = Field(
        None,
        description="business calendar of whoever and whatever names none; without it that of the time zone's country",
    )
    language: str = Field("en", pattern=r"^(en|zh)$")
    console_url: str = DEFAULT_CONSOLE_URL
    console_hosts: list[str] = Field(
        default_factory=list,
        description="further names people open the console by, beside that of console_url and those of the machine",
    )
    openlineage_url: str | None = Field(None, description="where OpenLineage run events are sent; without it none are")
    report_font: str | None = Field(
        None, description="TrueType font for Chinese in PDF reports, embedded as far as it is used"
    )
    log_format: str = Field("text", pattern=r"^(text|json)$", description="text for people or json, one object a line")
    assessment_buckets: int = Field(
        1,
        ge=1,
        le=MOST_BUCKETS,
        description="tasks that assess everybody side by side; more than one pays on many workers from about a million customers on",
    )
    duckdb_memory: str = "1500MB"
    duckdb_threads: int = Field(2, ge=1)

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError) as error:
            raise ValueError(f"E-POLICY-ZONE {value} is no time zone") from error
        return value


@dataclass(frozen=True, slots=True)
class Instance:
    """One installation: where its files are and how it is set up.

    :param approved: folder of the approved files in force; they stand in for those of the instance. None where nothing is gated.
    """

    home: Path
    settings: Settings
    approved: Path | None = None

    @property
    def staging(self) -> Path:
        """Typed but not yet published rows, one folder per batch; may be deleted when nothing runs."""
        return self.home / "staging"

    @property
    def logs(self) -> Path:
        """Log files of the embedded services."""
        return self.home / "logs"

    @property
    def docs(self) -> Path:
        """Published Data Docs."""
        return self.home / "data_docs"

    @property
    def inbox(self) -> str:
        """Where extracts arrive: a path or an object storage URL."""
        return _filled(self.settings.inbox_url) or str(self.home / "inbox")

    @property
    def raw(self) -> str:
        """Where the bytes of each extract are kept: a path or an object storage URL."""
        return self._place(self.settings.raw_url, "raw")

    @property
    def facts(self) -> str:
        """Where the Delta tables are: a path or an object storage URL."""
        return self._place(self.settings.facts_url, "facts")

    @property
    def evidence(self) -> str:
        """Where evidence packs are kept: a path or an object storage URL."""
        return self._place(self.settings.evidence_url, "evidence")

    @property
    def checkpoints(self) -> str:
        """Where the event log's signed checkpoints are brought: a path or an object storage URL."""
        return self._place(self.settings.checkpoints_url, "checkpoints")

    def _place(self, own: str | None, name: str) -> str:
        """Return a place of its own, else below the storage, else in the instance's folder."""
        storage = _filled(os.environ.get("RISKREVIEW_STORAGE_URL") or self.settings.storage_url)
        place = _filled(own) or (f"{storage.rstrip('/')}/{name}" if storage else str(self.home / name))
        if is_remote(place) and not place.startswith("s3://"):
            raise BadInput("E-SETTING", f"{place.partition('://')[0]}:// is no storage we know", "Name a folder or s3://BUCKET/PREFIX", "settings.yaml")  # fmt: skip
        return place

    @property
    def cache(self) -> Path:
        """Local copies of what is in object storage; may be deleted when nothing runs."""
        return Path(os.environ.get("RISKREVIEW_CACHE") or self.home / "cache")

    @property
    def database_url(self) -> str | None:
        """The configured database, or None for the embedded one."""
        return _filled(os.environ.get("RISKREVIEW_DATABASE_URL") or self.settings.database_url)

    def own_database_url(self, role: DatabaseRole) -> str | None:
        """The address by which one role connects, or None where it has none of its own."""
        return _filled(os.environ.get(role.variable))

    @property
    def only_database_url(self) -> str | None:
        """The address that serves what has none of its own: the configured one, else that of the first working role that has one.

        A component that was given the address of one stage alone never falls back to the embedded database.
        """
        own = (self.own_database_url(role) for role in WORKING)
        return self.database_url or next((url for url in own if url), None)

    @property
    def assessment_buckets(self) -> int:
        """In how many buckets everybody is assessed by Airflow.

        :raises BadInput: E-SETTING for what is no number of buckets.
        """
        given = os.environ.get("RISKREVIEW_BUCKETS")
        return self.settings.assessment_buckets if not given else buckets_of(given)

    @property
    def openlineage_url(self) -> str | None:
        """Where a collector takes OpenLineage run events, or None."""
        return _filled(os.environ.get("RISKREVIEW_OPENLINEAGE_URL") or self.settings.openlineage_url)

    @property
    def console_url(self) -> str:
        """Where people open the console, without a slash at the end; whoever serves it may know better than the settings."""
        return (os.environ.get("RISKREVIEW_CONSOLE_URL") or self.settings.console_url).rstrip("/")

    @property
    def console_hosts(self) -> list[str]:
        """Further names of the console, those the environment gives (parted by commas) and those of the settings."""
        given = os.environ.get("RISKREVIEW_CONSOLE_HOSTS", "").split(",")
        return [name.strip() for name in (*given, *self.settings.console_hosts) if name.strip()]

    def storage_options(self) -> dict[str, str]:
        """Return the options of the object storage by deltalake's names: those of the connection, and over them the settings' own.

        :raises BadInput: E-CONNECTION when there is no such connection, or it is not whole.
        """
        name = os.environ.get("RISKREVIEW_STORAGE_CONNECTION") or self.settings.storage_connection
        own = {key.lower(): _filled(value) or "" for key, value in self.settings.storage_options.items()}
        return own if name is None else {**self._connection(name), **own}

    def _connection(self, name: str) -> dict[str, str]:
        path = self.home / "keys" / "storage" / f"{name}.json"
        fields = given_by_runner(name) or written_fields(path, name, repair=REPAIR)
        if fields is None:
            raise BadInput("E-CONNECTION", f"there is no connection {name}", REPAIR, "settings.yaml")
        return options_from(fields, name)

    def configuration(self, folder: str) -> list[Path]:
        """Return the YAML files of ``folder`` (mappings, policies, playbooks, calendars); the instance's own win over shipped ones.

        Mappings are the exception: the shipped ones are examples, an instance reads only its own. Of a folder that is approved as a
        whole, only what was approved is read.
        """
        if self.approved is not None and folder in WHOLE and (self.approved / folder).is_dir():
            return sorted((self.approved / folder).glob("*.yaml"))
        own = {path.name: path for path in sorted((self.home / folder).glob("*.yaml"))}
        if folder == "mappings":
            return list(own.values())
        shipped = {path.name: path for path in sorted((PACKAGED / folder).glob("*.yaml"))}
        return [path for _, path in sorted({**shipped, **own}.items())]

    def configuration_file(self, folder: str, name: str) -> Path:
        """Return the approved file if there is one, else the instance's own, else the shipped one."""
        places = (self.approved or self.home, self.home)
        own = next((place / folder / name for place in places if (place / folder / name).exists()), None)
        return own or PACKAGED / folder / name


def buckets_of(given: str) -> int:
    """Read a number of buckets.

    :raises BadInput: E-SETTING for anything but a number from 1 to 1000.
    """
    if given.isdecimal() and given.isascii() and 1 <= int(given) <= MOST_BUCKETS:
        return int(given)
    raise BadInput(
        "E-SETTING", f"RISKREVIEW_BUCKETS is {given!r}", f"Write a number from 1 to {MOST_BUCKETS}", "the environment"
    )


def is_remote(place: str) -> bool:
    """Return whether a storage place is a URL rather than a folder."""
    return "://" in place and not place.startswith("file://")


def create_instance(home: Path, settings: Settings | None = None) -> Instance:
    """Create the folders and ``settings.yaml`` of a new instance; an existing one keeps its settings."""
    home = home.resolve()
    for folder in (
        "inbox",
        "mappings",
        "policies",
        "playbooks",
        "calendars",
        "raw",
        "facts",
        "staging",
        "logs",
        "data_docs",
    ):
        (home / folder).mkdir(parents=True, exist_ok=True)
    path, ignoring = home / "settings.yaml", home / ".gitignore"
    if not ignoring.exists():
        ignoring.write_text(_ignored_text(), encoding="utf-8")
    if not path.exists():
        home.chmod(stat.S_IRWXU)  # once: a PostgreSQL started by root runs as another user, who was let through since
        path.write_text(_settings_text(settings or Settings()), encoding="utf-8")  # type: ignore[call-arg]  # all defaulted
    return open_instance(home)


def is_named(home: Path | None) -> bool:
    """Tell whether an instance is named, by folder or by ``RISKREVIEW_HOME``."""
    return home is not None or bool(os.environ.get("RISKREVIEW_HOME"))


def open_instance(home: Path | None = None) -> Instance:
    """Open an instance by folder, else by ``RISKREVIEW_HOME``.

    :raises BadInput: when there is no instance there.
    """
    chosen = home or (Path(os.environ["RISKREVIEW_HOME"]) if os.environ.get("RISKREVIEW_HOME") else None)
    if chosen is None:
        raise BadInput("E-HOME", "no instance was named", "Give --home DIR or set RISKREVIEW_HOME")
    path = chosen.resolve() / "settings.yaml"
    if not path.exists():
        raise BadInput("E-HOME", f"{chosen} holds no instance", "Create one with: riskreview init --home DIR")
    return Instance(chosen.resolve(), load_yaml(path, Settings))


def _ignored_text() -> str:
    kept = "".join(f"!/{name}\n" for name in (".gitignore", *WRITTEN_BY_PEOPLE))
    return f"# What people write may be kept in a repository; keys, data and whatever else is here must not be.\n/*\n{kept}"


def _settings_text(settings: Settings) -> str:
    lines = [
        "# Settings of this instance; riskreview reads them at every start. ${NAME} is filled from the environment."
    ]
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if field.description:
            lines.append(f"# {field.description}")
        lines.append(f"{name}: {_yaml_scalar(value)}")
    return "\n".join(lines) + "\n"


def _yaml_scalar(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "{" + ", ".join(f'{key}: "{item}"' for key, item in value.items()) + "}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _filled(value: str | None) -> str | None:
    if value is None or "${" not in value:
        return value
    head, _, rest = value.partition("${")
    name, _, tail = rest.partition("}")
    if name not in os.environ:
        raise BadInput("E-SETTING", f"the environment has no {name}", f"Set {name} or write the value", "settings.yaml")
    return head + os.environ[name] + (_filled(tail) or "")
