"""Owns what the CRM room gives to later rooms. Values only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one pull came to.

    :param rows: lines of the extract. :param changed: records new or other than before. :param deleted: records that are gone.
    :param pages: raw answers kept. :param batch_id: None where nothing was new.
    """

    pull_id: int
    source_id: str
    kind: str
    rows: int
    changed: int
    deleted: int
    pages: int
    calls: int
    credits: int
    batch_id: int | None
