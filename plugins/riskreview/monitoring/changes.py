"""Owns comparing what stands now with the signals that are open: what is new, what got worse, what is still there, what ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.conditions import Judged
from riskreview.assessment.current import Portfolio
from riskreview.assessment.positions import Bools
from riskreview.assessment.scale import Scale
from riskreview.monitoring.rules import Findings, is_held, may_end, rule_ids

NEW, WORSE, SEEN = 1, 2, 3
Keys = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OpenSignals:
    """Signals about customers that are not cleared."""

    signal_id: Keys
    customer_key: Keys
    rule_number: NDArray[np.int16]
    severity: NDArray[np.int16]
    value: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Changes:
    """What has to be written: one row per finding with what it is to the open signals, and the signals that end.

    :param held: customers with open signals that cannot end, because a data set that their rules read is late.
    """

    customer_key: Keys
    rule_number: NDArray[np.int16]
    severity: NDArray[np.int16]
    value: NDArray[np.float64]
    line: NDArray[np.float64]
    act: NDArray[np.int16]
    ended: Keys
    held: Keys


def compare(found: Mapping[str, Findings], open_signals: OpenSignals, portfolio: Portfolio, scale: Scale) -> Changes:
    """Return what has to change so that the open signals match the findings."""
    parts, ended, held = [], [], []
    keys = portfolio.judged.positions.customer_key
    for number, rule_id in enumerate(rule_ids(scale)):
        mine = np.flatnonzero(open_signals.rule_number == number)
        mine = mine[np.argsort(open_signals.customer_key[mine], kind="stable")]
        findings = found[rule_id]
        parts.append(_rule(findings, number, open_signals, mine, keys))
        there, rows = _places(open_signals.customer_key[mine], keys)
        waits = is_held(portfolio, rule_id, scale)[rows]
        ended.append(_ended(findings, open_signals, mine[there], portfolio.judged, rows, waits, scale))
        held.append(open_signals.customer_key[mine[there]][waits])
    key, number_of, severity, value, line, act = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Changes(key, number_of, severity, value, line, act, np.concatenate(ended), np.unique(np.concatenate(held)))


def _rule(
    findings: Findings, number: int, open_signals: OpenSignals, mine: NDArray[np.intp], keys: Keys
) -> tuple[NDArray[Any], ...]:  # the columns of Changes, without ended
    wanted = keys[findings.rows]
    act = np.full(len(wanted), NEW, dtype=np.int16)
    if len(mine) and len(wanted):
        held = open_signals.customer_key[mine]
        place = np.minimum(np.searchsorted(held, wanted), len(held) - 1)
        known = held[place] == wanted
        worse = findings.severity > open_signals.severity[mine][place]
        act = np.where(known, np.where(worse, WORSE, SEEN), NEW).astype(np.int16)
    return wanted, np.full(len(wanted), number, dtype=np.int16), findings.severity, findings.value, findings.line, act


def _places(wanted: Keys, keys: Keys) -> tuple[Bools, NDArray[np.intp]]:
    """Return which of the wanted customers are there, and the places of those."""
    if not len(keys):
        return np.zeros(len(wanted), dtype=bool), np.zeros(0, dtype=np.intp)
    rows = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    there = keys[rows] == wanted
    return there, rows[there]


def _ended(
    findings: Findings, open_signals: OpenSignals, mine: NDArray[np.intp], judged: Judged, rows: NDArray[np.intp],
    waits: Bools, scale: Scale,
) -> Keys:  # fmt: skip
    absent = ~np.isin(rows, findings.rows)
    gone = may_end(judged, findings.rule_id, open_signals.value[mine], rows, scale)
    ended: Keys = open_signals.signal_id[mine][absent & gone & ~waits]
    return ended
