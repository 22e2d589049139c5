"""Owns opening the reviews that fall due. Working on them is in ``analysis``, deciding in ``decisions``, what follows in ``finishing``."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection

from riskreview.assessment.scale import scale_of
from riskreview.assessment.stand import positions_of_rows
from riskreview.audit.log import AuditEvent, append
from riskreview.foundation import failpoints
from riskreview.foundation.database import retry_transaction
from riskreview.foundation.garbage import unsearched
from riskreview.foundation.services import Services
from riskreview.measures.figures import read_figures
from riskreview.measures.of_reviews import read_known, strategies
from riskreview.mechanisms.duty import open_duties
from riskreview.mechanisms.lifecycle import SYSTEM, apply_many
from riskreview.mechanisms.outbox import enqueue
from riskreview.mechanisms.staffing import Staff
from riskreview.policy.calendars import load_calendars
from riskreview.policy.review_checklists import load_checklists
from riskreview.policy.review_policy import load_review_policy
from riskreview.policy.risk_policy import Policy, load_policy
from riskreview.policy.risk_terms import RiskClass
from riskreview.policy.team import load_team
from riskreview.reviews import opening, records, store
from riskreview.reviews.assigning import hand_over
from riskreview.reviews.cadence_overrides import end_expired
from riskreview.reviews.contributions import contributions
from riskreview.reviews.explanations import movements, remedies
from riskreview.reviews.following import ACTOR, follow_merges
from riskreview.reviews.lifecycle import REVIEW
from riskreview.reviews.opening import DueReview, Office, PlannedReview
from riskreview.reviews.pack import PACK_VERSION, Pack, changes_since, freeze, numbers
from riskreview.reviews.results import ReviewCounts
from riskreview.reviews.rhythm import due_parameters
from riskreview.reviews.snapshots import void_moved
from riskreview.reviews.store import Insertion, PackContent
from riskreview.reviews.ties import tie_changes

INSERTED = failpoints.register("reviews.inserted", "reviews are inserted, neither audited nor announced nor committed")
COMMITTED = failpoints.register("reviews.committed", "reviews are committed, the run is not recorded as finished")


@dataclass(frozen=True, slots=True)
class _Opening:
    services: Services
    office: Office
    policy: Policy
    as_of: date
    run_id: int


def open_due_reviews(services: Services, *, as_of: date, run_id: int) -> ReviewCounts:
    """Open every review that is due at ``as_of`` and not open yet, with pack, owner, duty, message and audit event, in one transaction.

    Due is a customer whose cadence period has begun without a review, or for whom something happened that no pack covers:
    worsening to ``event_from`` or worse, or a signal that is an emergency. A customer gets one review at a time.

    :raises BadInput: when the policy, the team or a calendar is wrong; nothing is opened then.
    """
    instance = services.instance
    office = Office(load_team(instance), load_calendars(instance), load_review_policy(instance))
    work = _Opening(services, office, load_policy(instance), as_of, run_id)
    with unsearched():
        counts = retry_transaction(services.engine, lambda connection: _open(connection, work))
    failpoints.reach(COMMITTED)
    return counts


def _open(connection: Connection, work: _Opening) -> ReviewCounts:
    staff = Staff.of(work.services)
    store.lock_opening(connection)
    _follow(connection, work, staff)
    already = store.count_open(connection)
    zone = work.services.instance.settings.time_zone
    asked = due_parameters(
        work.policy, work.office.policy, store.agreed_months(connection), as_of=work.as_of, zone=zone
    )
    due = (*store.due_reviews(connection, asked), *store.planned_reviews(connection, as_of=work.as_of))
    if not due:
        return ReviewCounts(0, 0, already)
    now, day = staff.now, max(work.as_of, staff.today)
    planned = opening.plan(due, work.office, as_of=work.as_of, day=day, load=store.load_from(connection, day))
    packs, checklists = _packs(connection, work, due), _checklists(connection, work, due, now)
    stored_with = Insertion(packs.of, checklists, work.as_of, now, work.run_id, work.policy.digest)
    new = store.insert_reviews(connection, planned, stored_with)
    failpoints.reach(INSERTED)
    append(connection, [_event(review, item, packs.of(item.due), work) for review, item in new], at=now)
    opened = {review.review_id: item for review, item in new}
    open_duties(connection, opening.duties(opened, work.office, at=now), at=now)
    messages = (*opening.announcements(opened), *opening.incidents(list(opened.values()), staff.today))
    enqueue(connection, messages, at=now)
    work.services.progress.advance("open_due_reviews", len(opened), len(opened))
    return ReviewCounts(len(opened), len(due), already, sum(item.is_late for item in opened.values()))


def _follow(connection: Connection, work: _Opening, staff: Staff) -> None:
    """Let open reviews follow what happened: merged customers, ended rhythms, days that came, absent owners, facts that moved."""
    follow_merges(connection, at=staff.now)
    end_expired(connection, as_of=work.as_of, staff=staff)
    apply_many(connection, REVIEW, "wake", records.sleepers(connection, as_of=work.as_of), actor=ACTOR, roles=(SYSTEM,), at=staff.now,
               changes={"suspended_until": None})  # fmt: skip
    hand_over(connection, staff, as_of=staff.today)
    void_moved(connection, staff, as_of=max(work.as_of, staff.today))


def _checklists(
    connection: Connection, work: _Opening, due: Sequence[DueReview], now: datetime
) -> dict[store.Key, str]:
    """Keep the checklists of the reviews and return the digest of each."""
    policy = load_checklists(work.services.instance)
    wanted = {(item.kind, item.risk_class) for item in due}
    lists = {pair: policy.for_review(pair[0], RiskClass(pair[1]).name) for pair in sorted(wanted)}
    for found in {item.digest: item for item in lists.values()}.values():
        records.register_checklist(connection, found.digest, found.content, at=now)
    return {item.key: lists[item.kind, item.risk_class].digest for item in due}


@dataclass(frozen=True, slots=True)
class _Packs:
    """What the packs of an opening hold, each frozen when it is first asked for.

    :param shared: what all of them hold.
    :param known: by customer, what the database knows and why the class is what it is.
    """

    shared: dict[str, object]
    known: dict[int, tuple[PackContent, dict[str, object]]]
    frozen: dict[store.Key, Pack] = field(default_factory=dict)

    def of(self, item: DueReview) -> Pack:
        """Return the pack of a review."""
        if item.key not in self.frozen:
            content, why = self.known[item.customer_key]
            self.frozen[item.key] = freeze({**self.shared, **_own_part(item, content), **why})
        return self.frozen[item.key]


def _packs(connection: Connection, work: _Opening, due: Sequence[DueReview]) -> _Packs:
    shared = {"version": PACK_VERSION, "as_of": work.as_of, "assessed": store.assessment_run(connection),
              "policy": {"version": work.policy.version, "digest": work.policy.digest, "reviews": work.office.policy.version}}  # fmt: skip
    customers = sorted({item.customer_key for item in due})
    known = read_known(connection, customers, as_of=work.as_of)
    with ThreadPoolExecutor(
        max_workers=1
    ) as pool:  # strategies are found while the database answers; nobody else asks it meanwhile
        reading = pool.submit(lambda: list(store.pack_contents(connection, customers, as_of=work.as_of)))
        offers = strategies(work.services.instance, known, read_figures(work.services, customers, as_of=work.as_of))
        contents = reading.result()
    judged_by = store.assessed_policy(connection) or work.policy.content
    rows = [content.assessment for content in contents]
    positions = positions_of_rows(rows, scale_of(judged_by).policy)
    reasons = contributions(positions, judged_by)
    moved = movements(work.services.instance, connection, rows, reasons)
    ways = remedies(connection, rows, positions, judged_by, currency=work.services.instance.settings.reporting_currency)
    return _Packs(shared, {
        content.customer_key: (content, {"contributions": reason, "movement": movement, "ways_back": way,
                                         "strategy": offers.get(content.customer_key)})
        for content, reason, movement, way in zip(contents, reasons, moved, ways, strict=True)
    })  # fmt: skip


def _own_part(item: DueReview, content: PackContent) -> dict[str, object]:
    """Return what one customer's pack holds beside what all packs of a run share."""
    review = {
        "kind": item.kind,
        "policy_line": item.policy_line,
        "period_key": item.period_key,
        "causes": list(item.causes),
        "because": item.because,
    }
    return {"review": review, "customer": content.customer, "assessment": numbers(content.assessment),
            "breaches": content.breaches, "signals": content.signals, "class_changes": content.class_changes,
            "ties": content.ties, "last_review": content.last_review,
            "changes": changes_since(content.last_assessment, content.assessment) | tie_changes(content.last_ties, content.ties)}  # fmt: skip


def _event(review: store.Opened, item: PlannedReview, pack: Pack, work: _Opening) -> AuditEvent:
    due = item.due
    new = {"state": "assigned", "version": review.version, "kind": due.kind, "policy_line": due.policy_line, "period_key": due.period_key,
           "owner": item.assignment.owner, "deputy": item.assignment.deputy, "due_on": item.due_on, "wanted_on": item.day.wanted_on,
           "moved_because": item.day.moved_because, "is_late": item.is_late, "risk_class": due.risk_class,
           "pack_sha256": pack.sha256}  # fmt: skip
    cause = {"run_id": work.run_id, "as_of": work.as_of, "customer_id": due.customer_id, "policy_digest": work.policy.digest,
             "causes": list(due.causes), "because": due.because}  # fmt: skip
    return AuditEvent("review:opened", "review", str(review.review_id), "system:open_due_reviews", new=new, cause=cause)
