"""Owns performing assessments once more and comparing the bytes: one, a whole run, or a random sample of everything ever stored."""

import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import pyarrow as pa
from sqlalchemy import text

from riskreview.assessment import history
from riskreview.assessment.again import CannotReplay, Key, Rebuilt, bytes_of, judge_again, stored_rows
from riskreview.assessment.grounds import grounds_of, read_grounds
from riskreview.evidence.results import CodeChange, Difference, Replay, first_difference
from riskreview.facts.delta_tables import FactsGone, rows_of
from riskreview.facts.files import FactFiles
from riskreview.foundation.code_version import changed_parts, code_digest, manifest, registered_code
from riskreview.foundation.errors import NotFound, RiskReviewError
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql

Row = Mapping[str, Any]  # a row of the history


def replay_assessment(
    services: Services, *, customer_key: int, as_of: date, run_id: int | None = None, files: FactFiles | None = None
) -> Replay:  # fmt: skip
    """Judge a customer once more as on a day and compare with what was stored.

    :param run_id: of this run; None for the assessment of the day that was current last.
    :param files: where several are replayed, so that each file of the facts is compared once.
    :raises NotFound: when the customer was not assessed on that day.
    """
    with readable():
        key = find_assessment(services, customer_key=customer_key, as_of=as_of, run_id=run_id)
    return _replayed(services, key, [customer_key], files or fact_files(services))[0]


def replay_run(services: Services, *, run_id: int) -> list[Replay]:
    """Judge everybody once more whom a run judged; one outcome per assessment it stored.

    :raises NotFound: when no assessment of that run is stored.
    """
    with readable():
        stored = stored_assessments(services)
    found = sorted((key for key, _ in stored if key.run_id == run_id), key=lambda key: key.as_of)
    if not found:
        raise NotFound(f"no assessment of run {run_id} is stored")
    files = fact_files(services)
    return [_whole(services, key, files) for key in found]


def replay_sample(
    services: Services, *, size: int, seed: int, run_id: int | None = None, files: FactFiles | None = None
) -> list[Replay]:
    """Judge once more customers drawn at random from all stored assessments, or those of a run, replaced ones included.

    The same seed draws the same customers from the same history.
    """
    with readable():
        population = [item for item in stored_assessments(services) if run_id in {None, item[0].run_id}]
    total = sum(count for _, count in population)
    places = sorted(random.Random(seed).sample(range(total), min(size, total)))  # noqa: S311  a sample that can be drawn again
    chosen: dict[Key, list[int]] = defaultdict(list)
    start = 0
    for key, count in population:
        inside = [place - start for place in places if start <= place < start + count]
        if inside:
            with readable():
                customers = sorted(stored_rows(services, key))
            chosen[key] = [customers[place] for place in inside]
        start += count
    compared = files or fact_files(services)
    return [replay for key, customers in chosen.items() for replay in _replayed(services, key, customers, compared)]


def fact_files(services: Services) -> FactFiles:
    """Return what compares the files of the facts with those that were published."""
    with services.engine.connect() as connection:
        return FactFiles(services, connection)


def stored_assessments(services: Services) -> list[tuple[Key, int]]:
    """Return every assessment ever stored with how many customers it is of, in order of date, run and digest."""
    found: dict[Key, int] = defaultdict(int)
    for name in (history.TABLE, history.PARTIAL):
        table = history.open_history(services.instance, name)
        if table is not None:
            rows = rows_of(services.instance, table, columns=["as_of", "run_id", "result_digest"])
            for row in rows.group_by(["as_of", "run_id", "result_digest"]).aggregate([([], "count_all")]).to_pylist():
                found[Key(row["as_of"], row["run_id"], row["result_digest"])] += row["count_all"]
    return sorted(found.items(), key=lambda item: (item[0].as_of, item[0].run_id, item[0].result_digest))


def find_assessment(services: Services, *, customer_key: int, as_of: date, run_id: int | None = None) -> Key:
    """Return the stored assessment of a customer that was current last on a day, or that of a run.

    :raises NotFound: when there is none.
    """
    rows = [row for row in history.read_customer_rows(services.instance, customer_key=customer_key)
            if row["as_of"] == as_of and run_id in {None, row["run_id"]}]  # fmt: skip
    if not rows:
        by = "" if run_id is None else f" by run {run_id}"
        raise NotFound(f"customer {customer_key} was not assessed for {as_of}{by}")
    place = {digest: seq for seq, (_, digest), _ in _events(services, as_of)}
    keys = [Key(row["as_of"], row["run_id"], str(row["result_digest"])) for row in rows]
    return max(keys, key=lambda key: (place.get(key.result_digest, -1), key.run_id))


@contextmanager
def readable() -> Iterator[None]:
    """Say in a sentence when stored facts or assessments cannot be read at all.

    :raises CannotReplay: naming what was the matter.
    """
    import duckdb
    from deltalake.exceptions import DeltaError

    try:
        yield
    except (pa.ArrowException, OSError, duckdb.Error, DeltaError, FactsGone) as error:
        raise CannotReplay(f"what is stored cannot be read: {str(error).splitlines()[0]}") from error


def code_change(services: Services, recorded: str) -> CodeChange:
    """Return what of the running code is not as it was in a version that was recorded."""
    running = code_digest()
    if not recorded or recorded == running:
        return CodeChange(recorded, running)
    with services.engine.connect() as connection:
        then = registered_code(connection, recorded)
    return CodeChange(recorded, running, () if then is None else changed_parts(then, manifest()))


def _replayed(services: Services, key: Key, customers: Sequence[int], files: FactFiles) -> list[Replay]:
    names = {customer: {"customer": customer, "as_of": key.as_of, "run": key.run_id} for customer in customers}
    problem = _altered_grounds(services, key)
    try:
        with readable():
            problem = problem or _altered_files(services, key, files)
            rebuilt, stored = judge_again(services, key, customers), stored_rows(services, key, customers)
    except RiskReviewError as error:
        return [Replay("assessment", name, problem=problem or str(error)) for name in names.values()]
    code = code_change(services, rebuilt.grounds.code)
    return [_compared(name, stored.get(customer, {}), rebuilt.rows.get(customer, {}), problem, code)
            for customer, name in names.items()]  # fmt: skip


def _compared(name: Mapping[str, object], stored: Row, replayed: Row, problem: str, code: CodeChange) -> Replay:
    """Compare what was kept of a customer: a column that the table got later was not kept then."""
    kept = {column: value for column, value in stored.items() if value is not None or column in replayed}
    one, other = (hashlib.sha256(bytes_of(row)).hexdigest() for row in (kept, replayed))
    return Replay("assessment", name, one, other, first_difference(kept, replayed), problem, code)


def _whole(services: Services, key: Key, files: FactFiles) -> Replay:
    name = {"run": key.run_id, "as_of": key.as_of}
    problem = _altered_grounds(services, key)
    try:
        with readable():
            problem = problem or _altered_files(services, key, files)
            stored, grounds = stored_rows(services, key), _grounds(services, key)
            rebuilt = judge_again(services, key, sorted(stored) if grounds.is_partial else None)
    except RiskReviewError as error:
        return Replay("run", name, problem=problem or str(error))
    difference = _difference(stored, rebuilt)
    one, other = (_digest(rows) for rows in (stored, rebuilt.rows))
    if not problem and rebuilt.result_digest and rebuilt.result_digest != key.result_digest and difference is None:
        problem = f"the digest of the result is {rebuilt.result_digest}, stored was {key.result_digest}"
    return Replay("run", name, one, other, difference, problem, code_change(services, rebuilt.grounds.code))


def _digest(rows: Mapping[int, Row]) -> str:
    return hashlib.sha256(b"\n".join(bytes_of(rows[customer]) for customer in sorted(rows))).hexdigest()


def _difference(stored: Mapping[int, Row], rebuilt: Rebuilt) -> Difference | None:
    learned = first_difference(_plain(rebuilt.grounds.learned), _plain(rebuilt.learned), "learned")
    if learned is not None:
        return learned
    for customer in sorted({*stored, *rebuilt.rows}):
        found = first_difference(
            dict(stored.get(customer, {})), dict(rebuilt.rows.get(customer, {})), f"customer {customer}"
        )
        if found is not None:
            return found
    return None


def _plain(learned: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    return {name: list(values) for name, values in learned.items()}


def _grounds(services: Services, key: Key) -> Any:
    with services.engine.connect() as connection:
        body = read_grounds(connection, as_of=key.as_of, run_id=key.run_id, result_digest=key.result_digest)
    if body is None:
        raise CannotReplay(f"what the assessment of {key.as_of} by run {key.run_id} rested on was not kept")
    return grounds_of(body)


def _altered_grounds(services: Services, key: Key) -> str:
    """Return what is wrong with the grounds by what the event log says of them; empty when nothing is."""
    with services.engine.connect() as connection:
        body = read_grounds(connection, as_of=key.as_of, run_id=key.run_id, result_digest=key.result_digest)
    said = {
        str(new["grounds"])
        for _, (_, digest), new in _events(services, key.as_of)
        if digest == key.result_digest and "grounds" in new
    }
    if body is None or not said:
        return ""
    found = hashlib.sha256(body).hexdigest()
    return (
        ""
        if found in said
        else f"what it rested on was altered: its SHA-256 is {found}, the event log says {' or '.join(sorted(said))}"
    )


def _altered_files(services: Services, key: Key, files: FactFiles) -> str:
    """Return what is wrong with the files of the facts it rested on; empty when they are those that were published."""
    with services.engine.connect() as connection:
        body = read_grounds(connection, as_of=key.as_of, run_id=key.run_id, result_digest=key.result_digest)
    return "" if body is None else files.problem(grounds_of(body).pins.versions)


def _events(services: Services, day: date) -> list[tuple[int, tuple[int, str], Mapping[str, Any]]]:
    """Return the events of a day's assessments: their number, run and result, and what they say."""
    with services.engine.connect() as connection:
        rows = connection.execute(text(sql("evidence", "assessment_events")), {"day": day.isoformat()}).all()
    bodies = [(int(row.seq), json.loads(bytes(row.body))) for row in rows]
    return [(seq, (int(b["cause"]["run_id"]), str(b["new"]["result_digest"])), b["new"]) for seq, b in bodies]
