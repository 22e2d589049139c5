"""Owns the verbs of the system: take new versions of the lists, compare what changed, say where every customer stands."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial

import numpy as np
from sqlalchemy import Connection, text

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation import failpoints
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import BadInput
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.identity.lexicon import load_lexicon
from riskreview.mechanisms.lifecycle import SYSTEM, apply_many
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.policy.screening_policy import ScreeningPolicy, load_screening_policy
from riskreview.policy.team import load_team
from riskreview.screening import store
from riskreview.screening.entry import ListEntry
from riskreview.screening.lifecycle import MATCH
from riskreview.screening.list_files import ListFiles, find_files, read_entries
from riskreview.screening.matching import Listed, Match, Subject, find_matches
from riskreview.screening.results import MatchStates, ScreeningCounts

ACTOR = "system:screening"
MATCHED = failpoints.register("screening.matched", "matches are written but not committed")
ENDED = ("dismissed", "withdrawn", "cleared")
Matches = Mapping[tuple[int, str, str], Match]


def screen_customers(services: Services, *, as_of: date, run_id: int) -> ScreeningCounts:
    """Compare customers with the lists, as far as either side changed since they were last compared.

    Without any list nothing happens. A list that cannot be read stays as it was; compliance is told once per version. A match found before
    and dismissed comes back only when what either side says has changed.
    """
    policy = load_screening_policy(services.instance)
    at = services.clock.now()
    with transaction(services.engine) as connection:
        store.lock(connection)
        refused = _take_lists(services, connection, policy, at)
        lists = {row["list_id"]: row for row in store.read_lists(connection)}
        waiting, changed = store.read_entries(connection, waiting=True), store.read_subjects(connection, changed=True)
        if not lists:
            return ScreeningCounts(0, refused, 0, 0, 0, 0, 0, 0, 0)
        subjects = store.read_subjects(connection, changed=False) if waiting else changed
        matches, looked_at, crowds = _compare(services, connection, policy, waiting, changed, subjects)
        digests = {name: str(row["digest"]) for name, row in lists.items()}
        done = _record(connection, matches, looked_at, digests, as_of=as_of, run_id=run_id, at=at)
        store.note_screened(connection, changed)
        failpoints.reach(MATCHED)
        return _counts(connection, lists, refused, len(waiting), (len(subjects), *done), crowds)


def match_states(services: Services, *, as_of: date) -> MatchStates:
    """Return where every customer with a match stood at a business date."""
    with services.engine.connect() as connection:
        rows = connection.execute(text(sql("screening", "read_states")), {"as_of": as_of}).all()
        is_screened = bool(store.read_lists(connection))
    return MatchStates(
        np.array([row.customer_key for row in rows], dtype=np.int64),
        np.array([row.match_state for row in rows]),
        is_screened,
    )


def refused_lists(services: Services) -> tuple[BadInput, ...]:
    """Return what is wrong with the lists in the folder that cannot be taken as they are; looks only."""
    with services.engine.connect() as connection:
        before = {row["list_id"]: int(row["entries"]) for row in store.read_lists(connection)}
    problems = []
    for definition in load_screening_policy(services.instance).lists:
        try:
            found = find_files(services.instance, definition)
            if found is not None:
                read_entries(found, entries_before=before.get(definition.id, 0))
        except BadInput as error:
            problems.append(error)
    return tuple(problems)


def _take_lists(services: Services, connection: Connection, policy: ScreeningPolicy, at: datetime) -> int:
    """Take the new versions of the lists; returns how many lists cannot be taken as they are."""
    refused = 0
    known = {row["list_id"]: row for row in store.read_lists(connection)}
    for definition in policy.lists:
        before = known.get(definition.id)
        try:
            found = find_files(services.instance, definition)
            if found is not None and (before is None or before["digest"] != found.digest):
                entries = read_entries(found, entries_before=0 if before is None else int(before["entries"]))
                _take(connection, found, entries, at)
                continue
        except BadInput as error:
            refused += 1
            facts = {"source": definition.id, "code": error.code, "line": error.line}
            key = f"{definition.id}:{hashlib.sha256(str(error).encode()).hexdigest()}"
            _tell(services, connection, "screening_list_refused", key, definition.id, facts, at)
        if before is not None and before["loaded_at"] < at - timedelta(days=definition.max_age_days):
            facts = {
                "source": definition.id,
                "last_good_as_of": before["loaded_at"].date().isoformat(),
                "state": "stale",
            }
            _tell(
                services,
                connection,
                "screening_list_old",
                f"{definition.id}:{before['digest']}",
                definition.id,
                facts,
                at,
            )
    for name in store.remove_unused(connection, [item.id for item in policy.lists]):
        append(connection, [AuditEvent("screening_list:removed", "screening_list", name, ACTOR)], at=at)
    return refused


def _take(connection: Connection, found: ListFiles, entries: Sequence[ListEntry], at: datetime) -> None:
    name = found.definition.id
    store.write_list(connection, name, found.digest, entries, at=at)
    event = AuditEvent(
        "screening_list:loaded", "screening_list", name, ACTOR, new={"digest": found.digest, "entries": len(entries)}
    )
    append(connection, [event], at=at)


def _tell(
    services: Services,
    connection: Connection,
    kind: str,
    key: str,
    name: str,
    facts: Mapping[str, object],
    at: datetime,
) -> None:
    """Tell compliance and the data engineer on duty, once per version of the list."""
    team = load_team(services.instance)
    duties = [team.on_duty(role, at.date()) for role in ("compliance", "data_engineer")]
    told = tuple(dict.fromkeys(person for duty in duties for person in (duty.owner, duty.deputy) if person))
    enqueue(connection, [OutboxEvent(f"{kind}:{key}", kind, "feed", name, "high", told, facts)], at=at)


def _compare(
    services: Services, connection: Connection, policy: ScreeningPolicy, waiting: Sequence[Listed], changed: Sequence[Subject],
    subjects: Sequence[Subject],
) -> tuple[Matches, set[tuple[int, str, str]], int]:  # fmt: skip
    """Return the matches, which of the stored pairs were compared anew, and how many words too many share.

    Compared are changed entries with all customers, and all entries with changed customers.
    """
    lexicon = load_lexicon(services.instance)
    everything = store.read_entries(connection, waiting=False)
    found = find_matches(subjects, waiting, policy, lexicon), find_matches(changed, everything, policy, lexicon)
    matches = {
        (item.subject.customer_key, item.listed.list_id, item.listed.entry.entry_id): item
        for some in found
        for item in some.matches
    }
    entries, listed = (
        {(item.list_id, item.entry.entry_id) for item in waiting},
        {(i.list_id, i.entry.entry_id) for i in everything},
    )
    keys, known = {item.customer_key for item in changed}, store.read_known(connection)
    retired = {pair[0] for pair, match in known.items() if match.is_retired}
    anew = {
        pair for pair in known
        if pair[0] in keys or pair[0] in retired or pair[1:] in entries or pair[1:] not in listed
    }  # fmt: skip
    return matches, anew, sum(some.crowds for some in found)


def _record(
    connection: Connection, matches: Matches, looked_at: set[tuple[int, str, str]], digests: Mapping[str, str], *, as_of: date, run_id: int,
    at: datetime,
) -> tuple[int, int, int]:  # fmt: skip
    known, cause = store.read_known(connection), {"run_id": run_id}
    new, again = [], []
    for pair, match in matches.items():
        digest, before = digests[pair[1]], known.get(pair)
        if before is None:
            new.append((store.write_match(connection, match, list_digest=digest, on=as_of, run_id=run_id), match))
            continue
        if before.state in ENDED and before.evidence != store.evidence_of(match):
            again.append(before.match_id)
        store.update_match(connection, before.match_id, match, list_digest=digest)
    append(connection, [
        AuditEvent("screening_match:found", "screening_match", str(number), ACTOR,
                   new={"state": "possible", "likeness": match.likeness, "same_number": match.same_number},
                   cause={**cause, "list_id": match.listed.list_id, "list_digest": digests[match.listed.list_id]})
        for number, match in new
    ], at=at)  # fmt: skip
    gone = [known[pair].match_id for pair in looked_at - matches.keys()]
    move = partial(apply_many, connection, MATCH, actor=ACTOR, roles=(SYSTEM,), at=at, cause=cause)
    nobody: dict[str, object] = {"proposed_by": None, "decided_by": None}
    anew = {**nobody, "reason": None, "found_on": as_of, "confirmed_on": None, "ended_on": None}
    reopened = move("reopen", again, changes=anew)
    withdrawn = move("withdraw", gone, changes={**nobody, "ended_on": as_of})
    return len(new), len(reopened), len(withdrawn)


def _counts(
    connection: Connection, lists: Mapping[str, Mapping[str, object]], refused: int, changed: int, done: tuple[int, int, int, int],
    crowds: int,
) -> ScreeningCounts:  # fmt: skip
    waiting = sum(row["state"] not in {"confirmed", *ENDED} for row in store.read_matches(connection, open_only=True))
    entries = sum(int(str(row["entries"])) for row in lists.values())
    return ScreeningCounts(len(lists), refused, entries, changed, *done, waiting, crowds)
