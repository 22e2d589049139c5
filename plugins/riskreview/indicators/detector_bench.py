"""Owns measuring the detectors on simulated customers whose truth is known: how often they are wrong and how much they find.

Order lines are drawn day by day and pass the same counting as real ones. Everything is seeded: the same figures on every machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.indicators.discovery import confirmed, supported
from riskreview.indicators.order_calendar import BASE_DAYS, RECENT_DAYS, OrderFigures, OrderLines, order_figures
from riskreview.indicators.order_tests import DropTest, OrderCounts, OrderGaps, order_drop, silence

Floats = NDArray[np.float64]
CUSTOMERS = 10_000
RATES = (1.0, 60.0)
"""Orders a month, drawn evenly."""
BOUNDED = {"Poisson": np.inf, "k = 4": 4.0, "k = 1.5": 1.5}
"""How much months differ beyond chance: the shape of a gamma factor per month."""
LINES = {"drop": (-40.0, -60.0), "surge": (3.0, 5.0), "silence": (1.0, 2.0)}
"""Warning and alarm line the measurement uses, those of the shipped policy."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure: percent of customers past a line. ``bar`` is the most for a false alarm, the least for a find, None without one."""

    detector: str
    scenario: str
    figure: str
    percent: float
    bar: float | None = None
    is_most: bool = True

    @property
    def passes(self) -> bool | None:
        """Whether the bar is met; None without one."""
        if self.bar is None:
            return None
        return self.percent <= self.bar if self.is_most else self.percent >= self.bar

    @property
    def bar_text(self) -> str:
        """The bar in words, empty without one."""
        return "" if self.bar is None else f"{'at most' if self.is_most else 'at least'} {self.bar:g}"


def measure_detectors(*, customers: int = CUSTOMERS, seed: int = 5) -> list[Measured]:
    """Simulate portfolios and return what each detector reports in them."""
    return [
        *_drops(customers, seed),
        *_seasons(customers // 2, seed),
        *_surges(customers, seed),
        *_gaps(customers // 2, seed),
    ]


def _drops(customers: int, seed: int) -> Iterator[Measured]:
    for name, shape in BOUNDED.items():
        for change in (0.0, 0.5, 0.8):
            found = _drop_of(_draw(customers, shape, seed, change=change))
            scenario = f"{name}, orders -{change * 100:.0f} %" if change else f"{name}, unchanged"
            bars = (1.5, None) if change == 0 else (55.0, 75.0) if (change, name) == (0.8, "k = 4") else (None, None)
            yield from _past_lines(
                "order collapse", scenario, found.change_pct, LINES["drop"], bars, is_most=change == 0
            )
            if change == 0:
                share = 100.0 * float(confirmed(found.test).mean())
                yield Measured("order collapse", scenario, "confirmed over the portfolio", round(share, 2))


def _seasons(customers: int, seed: int) -> Iterator[Measured]:
    for name, shape in BOUNDED.items():
        for change in (0.0, 0.8):
            found = _drop_of(_draw(customers, shape, seed, change=change, wave=0.8, months=36))
            scenario = f"{name}, own season of 80 %, " + (f"orders -{change * 100:.0f} %" if change else "unchanged")
            bars = (1.5, None) if change == 0 else (None, None)
            yield from _past_lines(
                "order collapse", scenario, found.change_pct, LINES["drop"], bars, is_most=change == 0
            )


def _surges(customers: int, seed: int) -> Iterator[Measured]:
    for name, shape in BOUNDED.items():
        for size in (1.0, 3.0, 5.0):
            figures = _draw(customers, shape, seed, months=13, surge=size)
            warning, alarm = LINES["surge"]
            score = supported(figures.surge_z, figures.surge_p, warning=warning, alarm=alarm, inside=0.01)
            scenario = f"{name}, last month x {size:g}" if size > 1 else f"{name}, unchanged"
            bars = (1.5, None) if size == 1 else (None, None)
            yield from _past_lines("order surge", scenario, score, LINES["surge"], bars, is_most=size == 1)


def _gaps(customers: int, seed: int) -> Iterator[Measured]:
    for name, shape in BOUNDED.items():
        for change in (0.0, 1.0):
            figures = _draw(customers, shape, seed, change=change, months=36)
            gaps = OrderGaps(*(getattr(figures, field) for field in OrderGaps.__slots__))
            warning, alarm = LINES["silence"]
            found = silence(gaps, warning=warning, alarm=alarm)
            scenario = f"{name}, " + ("stopped three months ago" if change else "unchanged")
            bars = (95.0, None) if change else (1.5, None)
            yield from _past_lines("silence", scenario, found, LINES["silence"], bars, is_most=change == 0)


def _past_lines(
    detector: str, scenario: str, value: Floats, lines: tuple[float, float], bars: tuple[float | None, float | None], *, is_most: bool
) -> Iterator[Measured]:  # fmt: skip
    """Yield the share past the alarm line and past the warning line; ``bars`` in the same order."""
    warning, alarm = lines
    sign = 1.0 if alarm > warning else -1.0
    for name, line, bar in (("alarm", alarm, bars[0]), ("warning", warning, bars[1])):
        share = 100.0 * float(np.mean(np.nan_to_num(sign * value, nan=-np.inf) >= sign * line))
        yield Measured(detector, scenario, name, round(share, 2), bar, is_most)


def _drop_of(figures: OrderFigures) -> DropTest:
    counts = OrderCounts(*(np.nan_to_num(getattr(figures, name)) for name in OrderCounts.__slots__))
    warning, alarm = LINES["drop"]
    return order_drop(counts, warning=warning, alarm=alarm)


def _draw(
    customers: int, shape: float, seed: int, *, change: float = 0.0, wave: float = 0.0, months: int = 15, surge: float = 1.0
) -> OrderFigures:  # fmt: skip
    """Return the figures of simulated customers, in blocks so that memory stays small.

    :param change: share of the last three months' orders that stays away; ``surge`` multiplies those of the last month.
    :param wave: height of a yearly wave with a phase of each customer's own.
    """
    chance = np.random.default_rng(seed)
    edges: Floats = np.concatenate(
        (np.arange(3) * RECENT_DAYS / 3, RECENT_DAYS + np.arange(months - 2) * BASE_DAYS / 12)
    )
    if months == 13:
        edges = np.arange(14, dtype=np.float64) * 30.0
    blocks = [
        _block(min(2500, customers - start), shape, chance, edges, (change, wave, surge))
        for start in range(0, customers, 2500)
    ]
    return OrderFigures(
        *(np.concatenate([getattr(block, name) for block in blocks]) for name in OrderFigures.__slots__)
    )


def _block(
    size: int, shape: float, chance: np.random.Generator, edges: Floats, effects: tuple[float, float, float]
) -> OrderFigures:
    change, wave, surge = effects
    months = edges.size - 1
    often = chance.uniform(*RATES, (size, 1)) * (
        1.0 + wave * np.cos(2.0 * np.pi * np.arange(months) / 12.0 + chance.uniform(0, 2.0 * np.pi, (size, 1)))
    )
    if np.isfinite(shape):
        often = often * chance.gamma(shape, 1.0 / shape, (size, months))
    often = often * np.where(np.arange(months) == 0, surge, 1.0)
    orders = chance.poisson(often)
    orders[:, :3] = chance.binomial(orders[:, :3], 1.0 - change)
    cell: NDArray[Any] = np.repeat(np.arange(size * months), orders.ravel())
    month = cell % months
    days = edges[month] + chance.random(cell.size) * (edges[month + 1] - edges[month])
    no = np.zeros(cell.size, dtype=bool)
    value = np.exp(chance.normal(0.0, 0.6, cell.size))
    return order_figures(OrderLines(cell // months, np.floor(days).astype(np.int32), value, no, no), size)
