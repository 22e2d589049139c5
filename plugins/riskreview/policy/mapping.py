"""Owns the mapping: how one source's extract becomes canonical rows. Reads no extract."""

import hashlib
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.crm_object import CrmObject
from riskreview.policy.datasets import Kind

NUMERIC = frozenset({Kind.MONEY, Kind.NUMBER, Kind.INTEGER})
FORMATS = ("csv", "tsv", "excel", "parquet", "jsonl")
ENCODINGS = (
    "utf-8",
    "gb18030",
    "gbk",
    "gb2312",
    "big5",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp1252",
    "iso-8859-1",
    "shift_jis",
)


class Title(StrictModel):
    """What people call the source."""

    en: str
    zh: str


class Since(StrictModel):
    """Reading only what changed: the query's bound ``:since`` is the day its newest published batch was read, less the overlap.

    :param first: the day to begin with while nothing is published.
    :param overlap_days: days read again, for rows that were committed while a query ran.
    """

    first: date
    overlap_days: int = Field(3, ge=1, le=3660)


class Query(StrictModel):
    """A query instead of a file.

    :param connection: an environment variable holding an SQLAlchemy URL, or the name of an Airflow connection.
    """

    connection: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    sql: str = Field(min_length=8)
    since: Since | None = None

    @model_validator(mode="after")
    def _names_since(self) -> Self:
        if (re.search(r"(?<!:):since\b", self.sql) is not None) != (self.since is not None):
            raise ValueError("a query with :since needs the setting since, and the other way round")
        return self


class Totals(StrictModel):
    """Rows that sum up others: dropped, counted as skipped.

    :param values: what the column says in such a row; ``starts``: what it begins with, where it goes on with whose total it is.
    :param sums: columns whose totals must equal the sum of the rows, else the file is refused as incomplete.
    """

    column: str
    values: tuple[str, ...] = ()
    starts: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    sums: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if not self.values and not self.starts:
            raise ValueError(
                "E-MAP-KEY totals name neither values nor starts; say how a totals row is told from the others"
            )
        return self


class Read(StrictModel):
    """Where the extract is and how its text is to be understood; nothing is guessed per cell."""

    path: str | None = None
    query: Query | None = None
    crm: CrmObject | None = None
    events: bool = Field(False, description="rows come one by one: by web hook, queue or command")
    format: Literal["csv", "tsv", "excel", "parquet", "jsonl"] = "csv"
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str | None = None
    header_row: int = Field(1, ge=0, le=200)
    columns: tuple[str, ...] = Field((), description="names of the columns where header_row is 0")
    totals: Totals | None = None
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", "'", " "] = ""
    dates: tuple[str, ...] = ("%Y-%m-%d",)
    empty: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _no_file_gives_json_lines(cls, data: object) -> object:
        is_ours = isinstance(data, dict) and (data.get("query") or data.get("crm") or data.get("events"))
        return {"format": "jsonl", **data} if isinstance(data, dict) and is_ours else data

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        if value.lower() not in ENCODINGS:
            raise ValueError(f"E-POLICY-TYPE encoding {value} is not one of {', '.join(ENCODINGS)}")
        return value.lower()

    @field_validator("dates")
    @classmethod
    def _date_formats(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for item in value:
            if not re.search(r"%[YyG]", item) or not re.search(r"%[mbBj]", item):
                raise ValueError(f"E-POLICY-TYPE the date format {item} lacks %Y, %m or %d")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if sum((self.path is not None, self.query is not None, self.crm is not None, self.events)) != 1:
            raise ValueError("E-POLICY-TYPE give exactly one of path, query, crm and events: true")
        if self.path is None and self.format != "jsonl":
            raise ValueError("E-POLICY-TYPE a query, a CRM and events have no format; leave it out")
        if self.path is not None and (".." in Path(self.path).parts or self.path.startswith("/")):
            raise ValueError("E-POLICY-TYPE the path lies outside the inbox")
        if self.thousands == self.decimal:
            raise ValueError("E-POLICY-TYPE decimal and thousands are the same sign")
        if (self.header_row == 0) != bool(self.columns):
            raise ValueError("E-POLICY-TYPE header_row: 0 goes together with columns, the list of names")
        return self

    @property
    def separator(self) -> str:
        """The delimiter between fields."""
        return "\t" if self.format == "tsv" else self.delimiter


class AsOf(StrictModel):
    """Where the extract's business date comes from: its name, a column's latest date, or the day it was received."""

    from_name: str | None = None
    format: str = "%Y%m%d"
    column: str | None = None
    received: bool = False

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if sum((self.from_name is not None, self.column is not None, self.received)) != 1:
            raise ValueError("E-POLICY-TYPE give exactly one of from_name, column and received: true")
        if self.from_name is not None:
            try:
                groups = re.compile(self.from_name).groups
            except re.error as error:
                raise ValueError(f"E-POLICY-REGEX {self.from_name} is no regular expression") from error
            if groups != 1:
                raise ValueError("E-POLICY-REGEX from_name needs exactly one group in brackets, the date")
        return self


class Breaker(StrictModel):
    """Row count against the last good batch."""

    min_ratio: float = Field(0.5, ge=0)
    max_ratio: float = Field(2.0, gt=0)


class Delivery(StrictModel):
    """What a delivery means and how often one is expected, in days.

    :param continuous: small files are taken and their customers judged as soon as they arrive, not with the next ingest.
    """

    kind: Literal["movement", "snapshot"] = "movement"
    as_of: AsOf = AsOf(received=True)
    every_days: int = Field(1, ge=1, le=400)
    grace_days: int = Field(1, ge=0, le=400)
    breaker: Breaker = Breaker()  # type: ignore[call-arg]  # all defaulted
    continuous: bool = False

    @model_validator(mode="after")
    def _only_movements_are_continuous(self) -> Self:
        if self.continuous and self.kind == "snapshot":
            raise ValueError("E-POLICY-TYPE a snapshot speaks about everybody, so it cannot be continuous")
        return self


class Pick(StrictModel):
    """How one canonical column is filled: from a source column, a constant, joined columns or a product of columns."""

    column: str | None = None
    constant: str | None = None
    join: tuple[str, ...] = ()
    separator: str = "-"
    multiply: tuple[str, ...] = ()
    map: dict[str, str] = Field(default_factory=dict)
    default: str | None = None
    unit: Decimal = Field(Decimal(1), gt=0)
    sign: Literal["as_is", "absolute", "negate"] = "as_is"
    add_days: int = 0

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:  # whatever the YAML holds
        return {"column": value} if isinstance(value, str) else value

    @field_validator("constant", "default", mode="before")
    @classmethod
    def _plain_text(cls, value: Any) -> Any:  # whatever the YAML holds
        return str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int) else value

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        origins = (self.column is not None, self.constant is not None, bool(self.join), bool(self.multiply))
        if sum(origins) > 1:
            raise ValueError("E-POLICY-TYPE give one of column, constant, join and multiply")
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """The source columns it needs."""
        return ((self.column,) if self.column is not None else ()) + self.join + self.multiply


class Condition(StrictModel):
    """A test on a source column's text; rows that fail it are not of this dataset."""

    column: str
    one_of: tuple[str, ...] | None = Field(None, alias="in")
    none_of: tuple[str, ...] | None = Field(None, alias="not_in")
    equals: str | None = None
    not_equals: str | None = None
    not_empty: bool | None = None
    is_empty: bool | None = None

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        tests = (self.one_of, self.none_of, self.equals, self.not_equals, self.not_empty, self.is_empty)
        if sum(test is not None for test in tests) != 1:
            raise ValueError("E-POLICY-TYPE a condition has one of in, not_in, equals, not_equals, not_empty, is_empty")
        return self


class DatasetMapping(StrictModel):
    """One canonical dataset fed by the source; ``unpivot`` turns source columns into rows of ``item`` and ``value``."""

    columns: dict[str, Pick]
    where: tuple[Condition, ...] = ()
    unpivot: dict[str, str] = Field(default_factory=dict)

    @property
    def sources(self) -> tuple[str, ...]:
        """The source columns it needs, each once."""
        names = [name for pick in self.columns.values() for name in pick.sources]
        return tuple(dict.fromkeys([*names, *(test.column for test in self.where), *self.unpivot]))


class Mapping(StrictModel):
    """One source: where its extracts are, how they are read, and what they become."""

    source: str = Field(pattern=r"^[a-z][a-z0-9_]{1,60}$")
    system: str = Field(pattern=r"^[a-z][a-z0-9_]{1,60}$")
    stage: Literal["crm", "finance"]
    title: Title
    read: Read
    delivery: Delivery = Delivery()  # type: ignore[call-arg]  # all defaulted
    extra_columns: Literal["allow", "refuse"] = "allow"
    datasets: dict[str, DatasetMapping] = Field(min_length=1)

    @model_validator(mode="after")
    def _events_are_movements(self) -> Self:
        if self.read.events and (self.delivery.kind == "snapshot" or self.delivery.as_of.from_name is not None):
            raise ValueError("E-POLICY-TYPE an event is a movement, dated by a column or by its receipt")
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """The source columns it needs, each once."""
        names = [name for dataset in self.datasets.values() for name in dataset.sources]
        names += [self.read.totals.column, *self.read.totals.sums] if self.read.totals else []
        names += [self.delivery.as_of.column] if self.delivery.as_of.column else []
        return tuple(dict.fromkeys(names))

    @property
    def text(self) -> str:
        """The mapping's meaning as JSON; comments and order of keys do not count."""
        return json.dumps(self.model_dump(mode="json", by_alias=True), sort_keys=True, ensure_ascii=False)

    @property
    def digest(self) -> str:
        """SHA-256 of its text."""
        return hashlib.sha256(self.text.encode()).hexdigest()
