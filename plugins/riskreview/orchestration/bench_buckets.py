"""Owns measuring an assessment in buckets: how much two workers gain over one, and what a customer costs in small and large portfolios."""

import os
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from riskreview.foundation.instance import Settings, create_instance
from riskreview.foundation.progress import LogProgress, Progress
from riskreview.foundation.services import Services, open_services
from riskreview.orchestration import bench_data, recompute, stages
from riskreview.orchestration.bench import empty_home, hardware

SCALES = {"S": ("S",), "M": ("S", "M"), "L": ("M", "L")}
"""What is measured for a scale: itself, and a tenth of it to compare the cost of a customer with."""
BUCKET_CUSTOMERS = 125_000
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
STEPS: dict[str, Callable[..., object]] = {
    "compute": recompute.compute_bucket, "learn": recompute.learn_across, "assess": recompute.assess_part,
}  # fmt: skip
Spent = dict[str, list["Work"]]


@dataclass(frozen=True, slots=True)
class Work:
    """One task in a worker: seconds of its processor, the most memory its worker ever had, and what the task returned."""

    cpu_seconds: float
    peak_rss_mb: float
    result: object


@dataclass(frozen=True, slots=True)
class BucketRound:
    """One assessment up to what is published.

    :param seconds: wall time of computing, learning and assessing; ``cpu_seconds`` of all workers together.
    """

    seconds: float
    cpu_seconds: float
    peak_rss_mb: float
    step_seconds: dict[str, float]


@dataclass(frozen=True, slots=True)
class BucketBench:
    """What the benchmark measured; everything by scale.

    :param gain: wall time of one worker with one thread over that of ``workers`` with one thread each, medians of the rounds.
    :param microseconds: of processor time for each customer, with one worker.
    :param growth: that of the largest scale over that of the one before; 1 means that a customer costs the same.
    :param publish_seconds: of putting the parts together and making them current, which one task does.
    """

    workers: int
    customers: dict[str, int]
    buckets: dict[str, int]
    one: dict[str, BucketRound]
    many: dict[str, BucketRound]
    gain: dict[str, float]
    microseconds: dict[str, float]
    growth: float
    begin_seconds: dict[str, float]
    publish_seconds: dict[str, float]
    load_average: float
    hardware: dict[str, str]


def run_bucket_bench(
    *, scale: str, cache_dir: Path, workers: int = 2, rounds: int = 3, progress: Progress | None = None
) -> BucketBench:
    """Assess generated portfolios in buckets, by one worker and by several, in turn.

    :param cache_dir: keeps the extracts and the instances with their facts, which the next run finds.
    """
    load = os.getloadavg()[0]
    found = {name: _measure(name, cache_dir, workers, rounds, progress or LogProgress()) for name in SCALES[scale]}
    cost = {name: round(1e6 * one.cpu_seconds / customers, 2) for name, (customers, _, one, _, _, _) in found.items()}
    costs = list(cost.values())
    return BucketBench(
        workers, {name: item[0] for name, item in found.items()}, {name: item[1] for name, item in found.items()},
        {name: item[2] for name, item in found.items()}, {name: item[3] for name, item in found.items()},
        {name: round(item[2].seconds / item[3].seconds, 3) for name, item in found.items()}, cost, round(costs[-1] / costs[0], 3),
        {name: item[4] for name, item in found.items()}, {name: item[5] for name, item in found.items()}, round(load, 2), hardware(),
    )  # fmt: skip


def _measure(
    scale: str, cache_dir: Path, workers: int, rounds: int, progress: Progress
) -> tuple[int, int, BucketRound, BucketRound, float, float]:
    home = _instance(scale, cache_dir, progress)
    customers = bench_data.SIZES[scale].customers
    buckets = max(2 * workers, -(-customers // BUCKET_CUSTOMERS))
    by_workers: dict[int, list[BucketRound]] = {1: [], workers: []}
    begins, publishes = [], []
    with open_services(home, progress=progress) as services:
        for _ in range(rounds):
            for number, found in by_workers.items():
                start = time.perf_counter()
                begun = recompute.begin_recompute(
                    services, as_of=bench_data.AS_OF, buckets=buckets, triggered_by="bench"
                )
                begins.append(time.perf_counter() - start)
                found.append(_round(home, number, begun))
                publishes.append(_published(services, begun))
    one, many = (_median(by_workers[number]) for number in (1, workers))
    return customers, buckets, one, many, round(statistics.median(begins), 3), round(publishes[0], 3)


def _published(services: Services, begun: recompute.Begun) -> float:
    start = time.perf_counter()
    recompute.publish_recompute(services, run_id=begun.run_id)
    return time.perf_counter() - start


def _instance(scale: str, cache_dir: Path, progress: Progress) -> Path:
    """Return an instance with the facts of a scale; one thread for each of its processes."""
    home = cache_dir / scale / "buckets"
    if (home / "facts" / "invoices").exists() and (home / bench_data.MARKER).exists():
        return home
    extracts = bench_data.generate(bench_data.SIZES[scale], cache_dir / scale, progress=progress)
    empty_home(home)
    bench_data.prepare_instance(create_instance(home, Settings(duckdb_threads=1)), extracts)  # type: ignore[call-arg]  # defaulted
    with open_services(home, progress=progress) as services:
        stages.ingest(services, as_of=bench_data.AS_OF)
    return home


def _round(home: Path, workers: int, begun: recompute.Begun) -> BucketRound:
    """Do every task of a run in processes that have started before."""
    kept = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    try:
        with ProcessPoolExecutor(
            workers, mp_context=get_context("spawn"), initializer=_warm_up, initargs=(str(home),)
        ) as pool:
            list(pool.map(time.sleep, [0.5] * workers))  # every worker is there and has loaded what it needs
            seconds: dict[str, float] = {}
            spent: Spent = {}
            _step(pool, home, "compute", [{"run_id": begun.run_id, "bucket": n} for n in begun.buckets], seconds, spent)
            _step(pool, home, "learn", [{"run_id": begun.run_id}], seconds, spent)
            parts = spent["learn"][0].result
            assert isinstance(parts, tuple)  # noqa: S101  the numbers of the parts
            _step(pool, home, "assess", [{"run_id": begun.run_id, "part": n} for n in parts], seconds, spent)
    finally:
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    works = [work for found in spent.values() for work in found]
    return BucketRound(
        round(sum(seconds.values()), 3), round(sum(work.cpu_seconds for work in works), 3), max(work.peak_rss_mb for work in works), seconds
    )  # fmt: skip


def _step(
    pool: ProcessPoolExecutor, home: Path, name: str, given: Sequence[dict[str, int]], seconds: dict[str, float], spent: Spent
) -> None:  # fmt: skip
    start = time.perf_counter()
    spent[name] = [future.result() for future in [pool.submit(_work, str(home), name, one) for one in given]]
    seconds[name] = round(time.perf_counter() - start, 3)


def _warm_up(home: str) -> None:
    """Load the libraries in a worker, as a worker of Airflow has them after its first task."""
    import duckdb
    import scipy.optimize
    import scipy.special

    import riskreview.assessment.parts
    import riskreview.indicators.compute
    import riskreview.models.scoring  # noqa: F401

    with open_services(Path(home)):
        duckdb.connect().close()
        scipy.special.betainc(1.0, 1.0, 0.5)


def _work(home: str, name: str, given: dict[str, int]) -> Work:
    """Do one task in a worker."""
    start = time.process_time()
    with open_services(Path(home)) as services:
        result = STEPS[name](services, **given)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Work(round(time.process_time() - start, 3), round(peak, 1), result)


def _median(rounds: Sequence[BucketRound]) -> BucketRound:
    """Return the round in the middle by wall time."""
    return sorted(rounds, key=lambda item: item.seconds)[len(rounds) // 2]
