"""A portfolio of half a year whose defaults, alerts and lead times are known by hand. Each month's facts become known at its end."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch

import numpy as np
from tests.facts.batches import Row, customer, invoice, publish
from tests.gate.editing import edit

from riskreview.foundation.clock import FixedClock
from riskreview.foundation.instance import PACKAGED
from riskreview.foundation.services import Services
from riskreview.gate import backtesting
from riskreview.gate.backtesting import Backtest
from riskreview.gate.installing import install
from riskreview.gate.replay import Day, Side, Stand, judge_day
from riskreview.groups.ties import Ties
from riskreview.indicators.frame import IndicatorFrame

DAY = date(2026, 6, 30)
TODAY = date(2026, 7, 1)
MONTH_ENDS = (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31), DAY)
FIRM = ("fails", "pays_late", "pays")
GATE = "backtest: {months: 24, horizon_months: 12,"


def plant(services: Services) -> None:
    """Publish the facts month by month and put the shipped policy, with a horizon of two months, into force.

    ``fails``: an item due on 15 January is never paid, so that default is on 16 April. ``pays_late``: one due on 15 January is paid on
    10 April. ``pays``: everything is paid on the day it is due.
    """
    text = (PACKAGED / "policies" / "gate.yaml").read_text("utf-8")
    assert text.count(GATE) == 1
    shorter = text.replace(GATE, "backtest: {months: 6, horizon_months: 2,")
    judge_by_rules(services)
    (services.instance.home / "policies" / "gate.yaml").write_text(shorter, "utf-8")
    for day in MONTH_ENDS:
        told: dict[str, list[Row]] = {"invoices": _billed(day), "payments": _paid(day)}
        if day == MONTH_ENDS[0]:
            told["customers"] = [customer(name) for name in FIRM]
        publish_then(services, told, day)
    install(services)


def judge_by_rules(services: Services) -> None:
    """Move the lines of the index out of reach, and those of the dimensions, so that only the rules on figures lead above medium."""
    home = services.instance.home
    lines = (("20", "97"), ("35", "98"), ("50", "99"))
    changes = [(f"    {key}: {old}\n", f"    {key}: {new}\n") for old, new in lines for key in ("from", "to")]
    for old, new in (*changes, ("minimum_points: 10\n", "minimum_points: 90\n"), ("  alarms: 3\n", "  alarms: 9\n")):
        edit(home, "risk_policy.yaml", old, new)


def publish_then(services: Services, told: dict[str, list[Row]], day: date, *, hour: int = 12) -> None:
    """Publish facts as on a day of the past."""
    moment = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    publish(replace(services, clock=FixedClock(moment)), told, as_of=day, received=moment)


def try_frames(services: Services, frames: dict[date, IndicatorFrame], *, actor: str) -> Backtest:
    """Try the policy files on figures given by hand instead of facts; nobody has ties."""

    def judged(_services: Services, base: Side, new: Side, days: Sequence[date], **_: object) -> Iterator[Day]:
        standing = (Stand(), Stand())
        nobody = Ties(*[np.zeros(0, dtype=np.int64)] * 6)
        for day in (day for day in days if day in frames):
            moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
            yield judge_day(day, moment, (base, new), [frames[day]] * 2, nobody, None, standing)

    with patch.object(backtesting, "replay", judged):
        return backtesting.backtest(services, actor=actor, as_of=max(frames))


def _billed(day: date) -> list[Row]:
    start = day.replace(day=1)
    rows = [invoice(f"{name}-{day:%m}", name, issued=start + timedelta(days=4), due=day + timedelta(days=4), amount=500.0) for name in ("pays", "pays_late")]  # fmt: skip
    if day == MONTH_ENDS[0]:
        rows += [invoice(f"{name}-0", name, issued=date(2026, 1, 2), due=date(2026, 1, 15), amount=1000.0) for name in ("fails", "pays_late")]  # fmt: skip
    return rows


def _paid(day: date) -> list[Row]:
    last = day.replace(day=1) - timedelta(days=1)
    paid = [(f"{name}-{last:%m}", name, last + timedelta(days=4), 500.0) for name in ("pays", "pays_late")] if day > MONTH_ENDS[0] else []  # fmt: skip
    if day == date(2026, 4, 30):
        paid.append(("pays_late-0", "pays_late", date(2026, 4, 10), 1000.0))
    return [{"payment_id": f"p-{name}", "customer_id": owner, "invoice_id": name, "payment_date": on, "amount": amount, "currency": "CNY"}
            for name, owner, on, amount in paid]  # fmt: skip
