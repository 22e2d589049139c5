"""Owns measuring duties in bulk: ten thousand reviews opened with pack, audit event, duty and message, opened again, and their timers swept."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from riskreview.foundation.database import transaction
from riskreview.foundation.instance import create_instance
from riskreview.foundation.progress import LogProgress, Progress
from riskreview.foundation.services import Services, open_services
from riskreview.foundation.sql import sql
from riskreview.orchestration import bench_data, stages
from riskreview.orchestration.bench import empty_home, hardware


@dataclass(frozen=True, slots=True)
class ReviewBench:
    """What was measured; seconds are wall time, ``cpu`` the processor time of this process.

    :param reopened: reviews a second pass added; 0 or something is wrong.
    :param swept: timers moved up one rung.
    """

    reviews: int
    open_seconds: float
    open_cpu_seconds: float
    reopened: int
    rerun_seconds: float
    swept: int
    sweep_seconds: float
    load_average: float
    hardware: dict[str, str]


def run_review_bench(*, cache_dir: Path, progress: Progress | None = None) -> ReviewBench:
    """Assess the generated portfolio of scale S, make every customer high, and measure.

    :param cache_dir: keeps the extracts and the instance of the last run.
    """
    teller = progress or LogProgress()
    extracts = bench_data.generate(bench_data.SIZES["S"], cache_dir / "S", progress=teller)
    place = cache_dir / "S" / "reviews"
    empty_home(place)
    bench_data.prepare_instance(create_instance(place), extracts)
    with open_services(place, progress=teller) as services:
        stages.ingest(services, as_of=bench_data.AS_OF)
        stages.recompute_risk(services, as_of=bench_data.AS_OF)
        with transaction(services.engine) as connection:
            connection.execute(
                text(sql("bench", "make_everybody_high")), {"until": bench_data.AS_OF + timedelta(days=3650)}
            )
        return _measure(services)


def _measure(services: Services) -> ReviewBench:
    from riskreview.reviews.use_cases import open_due_reviews

    load = os.getloadavg()[0]
    cpu = time.process_time()
    opened, seconds = _timed(lambda: open_due_reviews(services, as_of=bench_data.AS_OF, run_id=1).opened)
    cpu = time.process_time() - cpu
    again, rerun = _timed(lambda: open_due_reviews(services, as_of=bench_data.AS_OF, run_id=2).opened)
    swept, sweeping = _timed(lambda: _sweep(services))
    return ReviewBench(
        opened,
        round(seconds, 2),
        round(cpu, 2),
        again,
        round(rerun, 2),
        swept,
        round(sweeping, 2),
        round(load, 2),
        hardware(),
    )


def _sweep(services: Services) -> int:
    from riskreview.mechanisms.duty import sweep

    late, moved = services.clock.now() + timedelta(days=365), 0
    with services.engine.connect() as connection:
        waiting = int(connection.execute(text(sql("bench", "count_timers"))).scalar_one())
    while moved < waiting:
        with transaction(services.engine) as connection:
            moved += sweep(connection, now=late).total
    return moved


def _timed(work: Callable[[], int]) -> tuple[int, float]:
    start = time.perf_counter()
    found = work()
    return found, time.perf_counter() - start
