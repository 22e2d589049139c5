"""Owns what a connection may use: calls in a sliding window, and credits or calls in a day. Says no before the CRM does."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from riskreview.crm.problems import BudgetSpent
from riskreview.crm.timing import Timer


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be used.

    :param calls: calls of one kind within ``window_seconds``; None where only concurrency is limited.
    :param credits_per_day: in a rolling day, None for no limit. :param floor: credits that are left to others.
    """

    calls: int | None
    window_seconds: float
    credits_per_day: int | None
    floor: int = 0


@dataclass(slots=True)
class Budget:
    """Meters the calls of one process over one connection.

    :param spent_before: credits the same connection used in the last day before this process began.
    """

    allowance: Allowance
    timer: Timer
    spent_before: int = 0
    calls: int = 0
    credits_used: int = 0
    told_remaining: int | None = None
    _recent: dict[str, deque[datetime]] = field(default_factory=dict)
    _slower: int = 1

    def take(self, kind: str, cost: int) -> None:
        """Wait until a call of a kind fits into the window, and count it.

        :raises BudgetSpent: when the day's credits do not allow it.
        """
        self._check_day(cost)
        self._wait_for_window(kind)
        self.calls += 1
        self.credits_used += cost

    def told(self, remaining: int) -> None:
        """Take note of what the CRM says is left of the day's credits."""
        self.told_remaining = remaining

    def slow_down(self) -> None:
        """Halve the pace: the CRM found it too fast, perhaps because others call as well."""
        self._slower = min(self._slower * 2, 16)

    def _check_day(self, cost: int) -> None:
        allowed, floor = self.allowance.credits_per_day, self.allowance.floor
        used = self.spent_before + self.credits_used
        if allowed is not None and used + cost > allowed - floor:
            raise BudgetSpent(
                f"the connection used {used} of the {allowed} credits of a day, {floor} are kept for others"
            )
        if self.told_remaining is not None and self.told_remaining - cost < floor:
            raise BudgetSpent(f"the CRM says {self.told_remaining} credits are left today, {floor} are kept for others")

    def _wait_for_window(self, kind: str) -> None:
        if self.allowance.calls is None:
            return
        most = max(1, self.allowance.calls // self._slower)
        recent = self._recent.setdefault(kind, deque())
        window = timedelta(seconds=self.allowance.window_seconds)
        while recent and recent[0] <= self.timer.now() - window:
            recent.popleft()
        while len(recent) >= most:
            self.timer.sleep(max(0.0, (recent[0] + window - self.timer.now()).total_seconds()))
            recent.popleft()
        recent.append(self.timer.now())
