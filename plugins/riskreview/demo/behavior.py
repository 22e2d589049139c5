"""Owns how the invented customers behave: how they pay, grow and use their limits, given their health and planted case."""

from dataclasses import dataclass

import numpy as np

from riskreview.demo.population import Flags, Floats, Ints, Population


@dataclass(frozen=True, slots=True)
class Behavior:
    """One entry per customer.

    :param delay: mean days between due date and receipt; ``spread`` is the standard deviation, ``latest`` the most.
    :param slower: days added over the last five months.
    :param stopped: pays nothing that fell due in the last ``stopped_for`` days.
    :param growth: of order values, per year.
    :param limit_use: exposure over limit.
    :param bounces: had one returned receipt in the last year.
    """

    delay: Floats
    spread: Floats
    latest: Floats
    slower: Floats
    stopped: Flags
    stopped_for: Ints
    growth: Floats
    limit_use: Floats
    bounces: Flags


def make_behavior(people: Population, rng: np.random.Generator) -> Behavior:
    """Draw the behavior of each customer.

    Ordinary customers keep away from every emergency: the frail are at most 75 days late and nobody's orders collapse or surge.
    """
    size, risk = people.size, people.risk
    weak, frail, middling = risk >= 0.5, risk > 0.85, (risk >= 0.3) & (risk < 0.5)
    choice = [frail, weak, middling]
    stopped = np.isin(people.case.astype(str), ("payment_default", "group_parent"))
    delay = np.select(choice, _draws(rng, size, (28, 46), (9, 24), (2, 8)), rng.uniform(-6, 1, size))
    slower = np.select(choice, _draws(rng, size, (10, 28), (2, 16), (0, 4)), 0.0)
    delay[people.case == "key_account"], slower[people.case == "key_account"] = 22, 14
    return Behavior(
        delay=delay,
        spread=np.select(choice, [np.full(size, 9.0), np.full(size, 6.0), np.full(size, 4.0)], 3.0),
        latest=np.select(choice, [np.full(size, 73.0), np.full(size, 50.0), np.full(size, 24.0)], 11.0),
        slower=slower,
        stopped=stopped, stopped_for=rng.integers(118, 150, size),
        growth=np.select(choice, _draws(rng, size, (-0.38, -0.12), (-0.25, 0.02), (-0.08, 0.1)), rng.uniform(-0.04, 0.18, size)),
        limit_use=_limit_use(people, rng), bounces=(frail & (rng.random(size) < 0.4)) | (weak & (rng.random(size) < 0.15)),
    )  # fmt: skip


def _draws(rng: np.random.Generator, size: int, *ranges: tuple[float, float]) -> list[Floats]:
    return [rng.uniform(low, high, size) for low, high in ranges]


def _limit_use(people: Population, rng: np.random.Generator) -> Floats:
    size, risk = people.size, people.risk
    use = np.where(risk > 0.85, rng.uniform(0.7, 1.05, size), np.where(risk >= 0.5, rng.uniform(0.5, 0.95, size), 0.0))
    use = np.where(use == 0, rng.uniform(0.3, 0.7, size), use)
    use[people.case == "fraud_surge"] = 0.95
    use[people.case == "key_account"] = 1.04
    use[np.isin(people.case.astype(str), ("payment_default", "group_parent"))] = 1.3
    return use
