"""Owns the benchmark: generated extracts through every stage, with the ratios that the project promises.

Every ratio divides by a bare pass of the same engine over the same bytes, measured in the same run, so that a slow or busy
machine changes seconds but hardly the ratios.
"""

import os
import platform
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from riskreview.foundation.instance import create_instance
from riskreview.foundation.progress import LogProgress, Progress
from riskreview.foundation.services import Services, open_services
from riskreview.intake.results import LandedBatch
from riskreview.orchestration import bench_data, bench_floor
from riskreview.orchestration.bench_memory import PeakMemory

Scale = Literal["S", "M", "L"]
Outcome = TypeVar("Outcome")
ROUNDS = 3
LIBRARIES = ("duckdb", "deltalake", "numpy", "pyarrow", "SQLAlchemy", "psycopg2-binary", "great-expectations")


@dataclass(frozen=True, slots=True)
class BenchResult:
    """What a benchmark measured; seconds are wall time.

    :param stages: seconds by stage: landing, validation, publish, indicators, assessment, write; ``stages_cpu`` the processor seconds of this
        process, without the database server.
    :param peak_rss_mb: most memory of this process at any moment of any stage; ``stage_rss_mb`` the most within each stage.
    :param x_scan: facts to classes in PostgreSQL, divided by DuckDB reading every column of the same Parquet once.
    :param x_scan_cpu: the same by processor time of this process, without the database server.
    :param x_scan_read_columns: the same wall time divided by a scan of only the columns the indicators read.
    :param landing_x_csv: landing divided by DuckDB's bare read of the same CSV, measured before and after it.
    :param landing_x_csv_cpu: the same by processor time of this process.
    :param validation_x_hand: the validation rules divided by one hand-written DuckDB pass.
    :param scoring_pct: points, classes and every layer above them for everybody, as a share of facts to classes, by wall time.
    :param scoring_x_scan: the same against the scan, by processor time.
    :param pg_rows_per_s: customers written to PostgreSQL per second, primary key and swap included.
    """

    scale: Scale
    stages: dict[str, float]
    stages_cpu: dict[str, float]
    peak_rss_mb: float
    stage_rss_mb: dict[str, float]
    x_scan: float
    x_scan_cpu: float
    x_scan_read_columns: float
    landing_x_csv: float
    landing_x_csv_cpu: float
    validation_x_hand: float
    scoring_pct: float
    scoring_x_scan: float
    pg_rows_per_s: float
    floors: dict[str, float]
    rows: dict[str, int]
    customers: int
    classes: dict[str, int]
    load_average: float
    hardware: dict[str, str]
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Floor:
    """Wall and processor seconds of a bare pass."""

    wall: float
    cpu: float


@dataclass(slots=True)
class StageClock:
    """Seconds, processor seconds and peak memory by stage."""

    memory: PeakMemory
    seconds: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    peak: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure a block and add it to its stage."""
        self.memory.reset()
        start, cpu = time.perf_counter(), time.process_time()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start
        self.cpu[name] = self.cpu.get(name, 0.0) + time.process_time() - cpu
        self.peak[name] = max(self.peak.get(name, 0.0), self.memory.peak_mb)


def run_bench(
    *, scale: str, cache_dir: Path, home: Path | None = None, progress: Progress | None = None
) -> BenchResult:
    """Generate (or reuse) the extracts of a scale, run every stage once on an empty instance and measure.

    :param cache_dir: keeps the extracts and, unless ``home`` is given, the instance of the last run.
    :raises ValueError: for a scale other than S, M and L.
    """
    if scale not in bench_data.SIZES:
        raise ValueError(f"the scale {scale} is none of {', '.join(bench_data.SIZES)}")
    teller = progress or LogProgress()
    extracts = bench_data.generate(bench_data.SIZES[scale], cache_dir / scale, progress=teller)
    place = home or cache_dir / scale / "home"
    empty_home(place)
    bench_data.prepare_instance(create_instance(place), extracts)
    with PeakMemory() as memory, open_services(place, progress=teller) as services:
        return _measure(services, cast("Scale", scale), extracts, StageClock(memory))


def _measure(services: Services, scale: Scale, extracts: dict[str, Path], clock: StageClock) -> BenchResult:
    load = os.getloadavg()[0]
    landed, csv = _beside(lambda: bench_floor.read_csv(extracts, services.instance), lambda: _land(services, clock))
    rows = _publish(services, clock, landed)
    from riskreview.validation.bench import measure as measure_rules

    rules = measure_rules(services, rounds=ROUNDS)
    narrow = _median(lambda: bench_floor.scan_facts(services, columns=bench_floor.READ_COLUMNS), rounds=ROUNDS)
    classes, scan = _beside(lambda: bench_floor.scan_facts(services), lambda: _assess(services, clock))
    judged = sum(clock.seconds[name] for name in ("indicators", "assessment", "write"))
    judged_cpu = sum(clock.cpu[name] for name in ("indicators", "assessment", "write"))
    customers = sum(classes.values())
    return BenchResult(
        scale=scale, stages={name: round(value, 3) for name, value in clock.seconds.items()},
        stages_cpu={name: round(value, 3) for name, value in clock.cpu.items()},
        peak_rss_mb=round(clock.memory.highest_mb, 1), stage_rss_mb={name: round(value, 1) for name, value in clock.peak.items()},
        x_scan=round(judged / scan.wall, 3), x_scan_cpu=round(judged_cpu / scan.cpu, 3), x_scan_read_columns=round(judged / narrow, 3),
        landing_x_csv=round(clock.seconds["landing"] / csv.wall, 3), landing_x_csv_cpu=round(clock.cpu["landing"] / csv.cpu, 3), validation_x_hand=round(rules.ratio, 3),
        scoring_pct=round(100 * clock.seconds["scoring"] / judged, 1), scoring_x_scan=round(clock.cpu["scoring"] / scan.cpu, 3),
        pg_rows_per_s=round(customers / clock.seconds["write"], 0),
        floors={"scan_seconds": round(scan.wall, 3), "scan_cpu_seconds": round(scan.cpu, 3), "scan_read_columns_seconds": round(narrow, 3),
                "csv_seconds": round(csv.wall, 3), "csv_cpu_seconds": round(csv.cpu, 3), "hand_pass_seconds": round(rules.hand_seconds, 4),
                "rules_seconds": round(rules.rules_seconds, 4), "rules": float(rules.rules)},
        rows=rows, customers=customers, classes=classes, load_average=round(load, 2), hardware=hardware(), versions=_versions(),
    )  # fmt: skip


def _land(services: Services, clock: StageClock) -> list[LandedBatch]:
    from riskreview.intake.use_cases import land_inbox

    with clock.stage("landing"):
        return land_inbox(services)


def _publish(services: Services, clock: StageClock, landed: list[LandedBatch]) -> dict[str, int]:
    from riskreview.facts.accounts import known_accounts
    from riskreview.facts.use_cases import publish_batch
    from riskreview.validation.expectations import great_expectations
    from riskreview.validation.use_cases import validate_batch

    great_expectations()  # its import costs seconds once per process, whatever the size
    rows: dict[str, int] = {}
    for batch in landed:
        with clock.stage("validation"):
            accounts = known_accounts(services, system=batch.system)
            validate_batch(services, batch_id=batch.batch_id, known_accounts=accounts)
        with clock.stage("publish"):
            rows |= publish_batch(services, batch_id=batch.batch_id).appended
    return rows


def _assess(services: Services, clock: StageClock) -> dict[str, int]:
    from riskreview.assessment import judging, store
    from riskreview.assessment.use_cases import assess_frame
    from riskreview.facts.use_cases import current_pins
    from riskreview.indicators.compute import compute_indicators
    from riskreview.policy.risk_policy import load_policy
    from riskreview.validation.feeds import feed_states

    judge: Any = judging  # the rules as it imports them are what is measured
    score, write = judge.assess, store.replace_current
    policy = load_policy(services.instance)
    with clock.stage("indicators"):
        frame = compute_indicators(services, pins=current_pins(services), as_of=bench_data.AS_OF, policy=policy)
    judge.assess, store.replace_current = _timed(clock, "scoring", score), _timed(clock, "write", write)
    try:
        with clock.stage("assessment"):
            feeds = feed_states(services, as_of=bench_data.AS_OF)
            counts = assess_frame(services, frame, feeds=feeds, as_of=bench_data.AS_OF, run_id=1)
    finally:
        judge.assess, store.replace_current = score, write
    clock.seconds["assessment"] -= clock.seconds["write"]
    clock.cpu["assessment"] -= clock.cpu["write"]
    return dict(counts.by_class)


def _timed(clock: StageClock, name: str, work: Callable[..., Outcome]) -> Callable[..., Outcome]:
    """Return work that is measured as a stage of its own, within the stage that calls it."""

    def timed(*arguments: Any, **named: Any) -> Outcome:  # whatever the work takes
        with clock.stage(name):
            return work(*arguments, **named)

    return timed


def _beside(floor: Callable[[], object], work: Callable[[], Outcome]) -> tuple[Outcome, _Floor]:
    """Do work once, and a bare pass before and after it, so that what else the machine does weighs on both alike."""
    before = _floor(floor)
    result = work()
    after = _floor(floor)
    return result, _Floor((before.wall + after.wall) / 2, (before.cpu + after.cpu) / 2)


def _floor(work: Callable[[], object]) -> _Floor:
    """Return the medians of wall and processor seconds of three rounds after one that warms the file cache."""
    work()
    walls, cpus = [], []
    for _ in range(ROUNDS):
        start, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - start)
        cpus.append(time.process_time() - cpu)
    return _Floor(statistics.median(walls), statistics.median(cpus))


def _median(work: Callable[[], object], *, rounds: int) -> float:
    walls = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        walls.append(time.perf_counter() - start)
    return statistics.median(walls)


def empty_home(home: Path) -> None:
    """Remove the instance of an earlier benchmark, server included; never anything that is not such an instance."""
    from riskreview.foundation.database import stop_embedded
    from riskreview.foundation.instance import open_instance

    if not home.exists():
        return
    if not (home / bench_data.MARKER).exists():
        raise FileExistsError(f"{home} exists and is no benchmark's instance; choose another folder")
    stop_embedded(open_instance(home))
    shutil.rmtree(home)


def hardware() -> dict[str, str]:
    """Return what a figure was measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"machine": platform.machine(), "cpus": str(len(os.sched_getaffinity(0))), "memory_gib": f"{memory:.1f}"}


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}
