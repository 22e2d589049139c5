"""Owns what both CRMs are to whoever reads them: raw answers in order, and the fields of an object. Values and protocols only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

ZOHO_LIST, ZOHO_QUERY, ZOHO_BULK, ZOHO_DELETED = "zoho_list", "zoho_query", "zoho_bulk", "zoho_deleted"
FXIAOKE_QUERY = "fxiaoke_query"
FIELDS, ECHOES = "fields", "echoes"
"""Pages that are no records: the description of the object, and what we wrote into it."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer as it came.

    :param kind: how it is read. :param rows: how many records it holds.
    """

    kind: str
    body: bytes
    rows: int


@dataclass(frozen=True, slots=True)
class CrmField:
    """A field as the CRM describes it.

    :param type: the CRM's own word. :param choices: the values a choice may have, in the order of the CRM.
    """

    name: str
    type: str
    is_writable: bool = True
    choices: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Walk:
    """What is to be read.

    :param fields: top-level names. :param since: only what changed at or after this moment; None for everything.
    :param by: the way, where the CRM has several.
    :param began: the CRM's time when the pull began. :param paths: fields with what is needed of looked-up records: ``Owner.id``.
    :param plain_lookups: whether nothing but the id of a looked-up record is needed.
    """

    object: str
    fields: tuple[str, ...]
    began: datetime
    since: datetime | None = None
    by: str = "auto"
    paths: tuple[str, ...] = ()
    plain_lookups: bool = True
    check_count: bool = True


@dataclass(frozen=True, slots=True)
class Described:
    """The fields of an object and the answer they were read from."""

    fields: Mapping[str, CrmField]
    page: Page


class CrmReader(Protocol):
    """Reads one CRM."""

    def server_time(self) -> datetime:
        """Return the CRM's own time, as far as it tells."""

    def describe(self, name: str) -> Described:
        """Return the fields of an object."""

    def fields_of(self, body: bytes) -> Mapping[str, CrmField]:
        """Return the fields of a description that was kept."""

    def pages(self, walk: Walk) -> Iterator[Page]:
        """Return the answers that hold what is asked for, each record at least once."""

    def some(self, walk: Walk, ids: Sequence[str]) -> Iterator[Page]:
        """Return the records of some ids; one that is gone is left out."""

    def who(self) -> Sequence[tuple[str, str]]:
        """Return what to show of the organisation and the acting user, for people who set a connection up."""
