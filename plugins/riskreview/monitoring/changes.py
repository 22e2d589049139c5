"""Owns comparing what stands now with the signals that are open: what is new, what got worse, what is still there, what ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.conditions import Judged
from riskreview.assessment.positions import Bools
from riskreview.assessment.scale import Scale
from riskreview.monitoring.rules import Findings, may_end, rule_ids

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
    """What has to be written: one row per finding with what it is to the open signals, and the signals that end."""

    customer_key: Keys
    rule_number: NDArray[np.int16]
    severity: NDArray[np.int16]
    value: NDArray[np.float64]
    line: NDArray[np.float64]
    act: NDArray[np.int16]
    ended: Keys


def compare(
    found: Mapping[str, Findings], open_signals: OpenSignals, judged: Judged, stale: Bools, scale: Scale
) -> Changes:
    """Return what has to change so that the open signals match the findings."""
    parts, ended = [], []
    for number, rule_id in enumerate(rule_ids(scale)):
        mine = np.flatnonzero(open_signals.rule_number == number)
        mine = mine[np.argsort(open_signals.customer_key[mine], kind="stable")]
        findings = found[rule_id]
        parts.append(_rule(findings, number, open_signals, mine, judged.positions.customer_key))
        ended.append(_ended(findings, open_signals, mine, judged, stale, scale))
    key, number_of, severity, value, line, act = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Changes(key, number_of, severity, value, line, act, np.concatenate(ended))


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


def _ended(
    findings: Findings, open_signals: OpenSignals, mine: NDArray[np.intp], judged: Judged, stale: Bools, scale: Scale
) -> Keys:
    keys = judged.positions.customer_key
    if not len(mine) or not len(keys):
        return np.zeros(0, dtype=np.int64)
    held = open_signals.customer_key[mine]
    rows = np.minimum(np.searchsorted(keys, held), len(keys) - 1)
    absent = ~np.isin(rows, findings.rows) & (keys[rows] == held)
    gone = may_end(judged, stale, findings.rule_id, open_signals.value[mine], rows, scale)
    ended: Keys = open_signals.signal_id[mine][absent & gone]
    return ended
