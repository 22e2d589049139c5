"""What happened or became known after a date must not change the indicators of that date; on the real IBM receivables."""

import csv
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from riskreview.facts.accounts import known_accounts
from riskreview.facts.use_cases import current_pins, publish_batch
from riskreview.foundation.instance import PACKAGED
from riskreview.foundation.services import Services
from riskreview.indicators.compute import compute_indicators
from riskreview.indicators.frame import INDICATORS, IndicatorFrame
from riskreview.policy.mapping_checks import load_mapping
from riskreview.policy.risk_policy import load_policy

pytestmark = [pytest.mark.database, pytest.mark.real_data]
AS_OF = date(2013, 1, 31)
STAMP = "%m/%d/%Y"
Row = dict[str, str]


def change_the_future(row: Row, chance: random.Random) -> Row:
    """Settle later, and flip the dispute, of what was not settled by the date."""
    settled = datetime.strptime(row["SettledDate"], STAMP).date()  # noqa: DTZ007  a day without a clock
    if settled <= AS_OF:
        return row
    moved = max(AS_OF + timedelta(days=1), settled + timedelta(days=chance.randint(-30, 200)))
    return {
        **row,
        "SettledDate": f"{moved.month}/{moved.day}/{moved.year}",
        "Disputed": "No" if row["Disputed"] == "Yes" else "Yes",
    }


def as_it_is(row: Row, _chance: random.Random) -> Row:
    return row


def load(
    services: Services, source: Path, target: Path, system: str, change: Callable[[Row, random.Random], Row]
) -> None:
    """Take a variant of the list through intake, validation and publishing under a system name of its own."""
    chance = random.Random(7)  # noqa: S311  a fixed sequence for a test
    with source.open(encoding="utf-8-sig", newline="") as stream:
        rows = [change(row, chance) for row in csv.DictReader(stream)]
    target.mkdir()
    path = target / "accounts_receivable.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    mapping = load_mapping(PACKAGED / "mappings" / "ibm_ar.yaml").model_copy(
        update={"source": f"ibm_{system}", "system": system}
    )
    from riskreview.intake.use_cases import land_file
    from riskreview.validation.use_cases import validate_batch

    landed = land_file(services, mapping=mapping, path=path)
    verdict = validate_batch(services, batch_id=landed.batch_id, known_accounts=known_accounts(services, system=system))
    assert verdict.state == "validated", verdict.problems
    publish_batch(services, batch_id=landed.batch_id)


def indicators(services: Services, as_of: date) -> tuple[IndicatorFrame, dict[str, np.ndarray]]:
    """The frame and the places of each system's customers in order of account id."""
    frame = compute_indicators(
        services, pins=current_pins(services), as_of=as_of, policy=load_policy(services.instance)
    )
    with services.engine.connect() as connection:
        rows = connection.execute(text("SELECT system, customer_key FROM account ORDER BY account_id")).all()
    return frame, {
        system: np.searchsorted(frame.customer_key, [r.customer_key for r in rows if r.system == system])
        for system in ("was", "changed")
    }


def test_nothing_that_happened_later_changes_the_indicators(
    services: Services, real_data: Path, tmp_path: Path
) -> None:
    settings = services.instance.settings.model_copy(update={"reporting_currency": "USD"})
    services = replace(services, instance=replace(services.instance, settings=settings))
    source = real_data / "ibm_ar" / "accounts_receivable.csv"
    load(services, source, tmp_path / "a", "was", as_it_is)
    load(services, source, tmp_path / "b", "changed", change_the_future)
    frame, places = indicators(services, AS_OF)
    assert len(places["was"]) == len(places["changed"]) == 100
    for name in INDICATORS:
        np.testing.assert_array_equal(
            frame.values[name][places["was"]], frame.values[name][places["changed"]], err_msg=name
        )
    for name in ("exposure", "overdue", "disputed", "last_activity"):
        found = getattr(frame, name)
        np.testing.assert_array_equal(found[places["was"]], found[places["changed"]], err_msg=name)
    assert (frame.values["P1"] > 0).sum() > 20  # the list has something to say
    later, places = indicators(services, date(2013, 12, 31))
    assert not np.array_equal(later.values["P3"][places["was"]], later.values["P3"][places["changed"]], equal_nan=True)
