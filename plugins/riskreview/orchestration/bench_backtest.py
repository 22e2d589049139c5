"""Owns measuring the back-test: a generated portfolio judged month by month by two versions of the policy."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from riskreview.foundation.instance import PACKAGED, create_instance
from riskreview.foundation.progress import LogProgress, Progress
from riskreview.foundation.services import Services, open_services
from riskreview.gate.backtesting import backtest
from riskreview.gate.installing import install
from riskreview.orchestration import bench_data, stages
from riskreview.orchestration.bench import empty_home, hardware
from riskreview.orchestration.bench_memory import PeakMemory
from riskreview.policy.gate_policy import load_gate_policy
from riskreview.policy.team import load_team

RULE = "{indicator: P1, above: 60}"
EARLIER = "{indicator: P1, above: 40}"


@dataclass(frozen=True, slots=True)
class BacktestBench:
    """What the benchmark measured; seconds are wall time.

    :param customer_months: judgements of one version; both together are twice as many.
    :param microseconds: per customer and month, both versions together.
    :param movers: customers whose class the changed rule would change.
    """

    scale: str
    months: int
    customers: int
    customer_months: int
    seconds: float
    cpu_seconds: float
    microseconds: float
    peak_rss_mb: float
    report_mb: float
    movers: int
    load_average: float
    hardware: dict[str, str]


def run_backtest_bench(
    *, scale: str, cache_dir: Path, months: int | None = None, progress: Progress | None = None
) -> BacktestBench:
    """Load the extracts of a scale, change one rule, and try the change on the past.

    The extracts arrive at once, so every month is judged by what is known today: as much work as by what was known then.

    :param cache_dir: keeps the extracts and the instance of the last run.
    """
    teller = progress or LogProgress()
    extracts = bench_data.generate(bench_data.SIZES[scale], cache_dir / scale, progress=teller)
    place = cache_dir / scale / "backtest"
    empty_home(place)
    instance = create_instance(place)
    bench_data.prepare_instance(instance, extracts)
    with open_services(place, progress=teller) as services:
        stages.ingest(services, as_of=bench_data.AS_OF)
        return measure(services, scale=scale, months=months)


def measure(services: Services, *, scale: str, months: int | None = None) -> BacktestBench:
    """Change one rule of an instance that has the extracts, and try the change on the past."""
    install(services)
    _change_a_rule(services.instance.home)
    proposers = set(load_gate_policy(services.instance).proposers)
    actor = next(person.id for person in load_team(services.instance).persons if set(person.roles) & proposers)
    load, cpu, began = os.getloadavg()[0], time.process_time(), time.perf_counter()
    with PeakMemory() as memory:
        found = backtest(services, actor=actor, as_of=bench_data.AS_OF, months=months, is_point_in_time=False)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    judged = int(found.report["customer_months"])
    return BacktestBench(
        scale, len(found.report["days"]), int(found.report["customers"]), judged, round(seconds, 1), round(cpu, 1), round(seconds / judged * 1e6, 1),
        round(memory.highest_mb, 1), round(len(str(found.report)) / 2**20, 2), len(found.report["movers"]), round(load, 2), hardware(),
    )  # fmt: skip


def _change_a_rule(home: Path) -> None:
    text = (PACKAGED / "policies" / "risk_policy.yaml").read_text(encoding="utf-8")
    changed = text.replace(RULE, EARLIER).replace('version: "', 'version: "bench-', 1)
    (home / "policies" / "risk_policy.yaml").write_text(changed, encoding="utf-8")
