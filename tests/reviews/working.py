"""Brings a review through its life the way people do, with only what a test wants to say given."""

from datetime import date
from typing import Any

from sqlalchemy import text
from tests.reviews.portfolio import add_customers, rows

from riskreview.foundation.services import Services
from riskreview.measures import carrying_out
from riskreview.reviews import analysis, assigning, decisions, finishing
from riskreview.reviews.use_cases import open_due_reviews

JULY = date(2026, 7, 1)
OWNER, DEPUTY, APPROVER, SECOND, BOTH = "wang.fang", "chen.jie", "yang.li", "maria.stein", "zhao.min"


def opened(services: Services, risk_class: int = 2, **more: object) -> int:
    """Open a review of one customer and return its number."""
    add_customers(services.engine, [{"customer_key": 1, "risk_class": risk_class, **more}], as_of=JULY)
    open_due_reviews(services, as_of=JULY, run_id=1)
    return int(rows(services.engine, "SELECT review_id FROM review")[0]["review_id"])


def review(services: Services) -> dict[str, Any]:
    """Return the newest review."""
    return dict(rows(services.engine, "SELECT * FROM review ORDER BY review_id DESC LIMIT 1")[0])


def version(services: Services) -> int:
    """Return its version."""
    return int(review(services)["version"])


def digest(services: Services) -> str:
    """Return what a decision on it is bound to."""
    row = review(services)
    return decisions.proposal_digest(
        row["snapshot_sha256"], row["measures"], row["recommendation"], row["terms_sha256"]
    )


def answered(services: Services, *, actor: str = OWNER, but: tuple[str, ...] = ()) -> None:
    """Answer the questions of its checklist."""
    row = review(services)
    items = rows(
        services.engine, "SELECT items FROM review_checklist WHERE digest = :digest", digest=row["checklist_digest"]
    )[0]["items"]
    for item in items:  # type: ignore[union-attr]  # an array of the database
        if item["id"] not in but:
            analysis.answer(services, review_id=row["review_id"], version=version(services), actor=actor, item=item["id"], answer="yes",
                            evidence="annual report 2025, p. 12")  # fmt: skip


def recommended(
    services: Services, *, actor: str = OWNER, words: str = "Cut the limit by half.", measures: tuple[str, ...] = ()
) -> None:
    """Answer and recommend."""
    number = review(services)["review_id"]
    answered(services, actor=actor)
    analysis.start_analysis(services, review_id=number, version=version(services), actor=actor)
    analysis.recommend(
        services, review_id=number, version=version(services), actor=actor, recommendation=words, measures=measures
    )


def proposed(
    services: Services, *, actor: str = OWNER, words: str = "Cut the limit by half.", measures: tuple[str, ...] = ()
) -> None:
    """Bring it to its approver."""
    recommended(services, actor=actor, words=words, measures=measures)
    analysis.submit(services, review_id=review(services)["review_id"], version=version(services), actor=actor)


def decided(services: Services, verb: str, actor: str, reason: str = "Agreed.") -> int:
    """Decide it as it stands."""
    act = {"approve": decisions.approve, "return": decisions.return_review, "reject": decisions.reject}[verb]
    return act(services, review_id=review(services)["review_id"], version=version(services), actor=actor, reason=reason,
               digest=digest(services))  # fmt: skip


def carried_out(services: Services, actor: str, number: int | None = None) -> None:
    """Record the evidence of every measure it, or another review, recommends."""
    found = rows(services.engine, "SELECT measure_id, version FROM measure WHERE review_id = :n AND state = 'approved'",
                 n=number or review(services)["review_id"])  # fmt: skip
    for row in found:
        carrying_out.implement(
            services, measure_id=row["measure_id"], version=row["version"], actor=actor, evidence="Ticket 7"
        )  # type: ignore[arg-type]  # numbers of the database


def change_assessment(services: Services, change: str) -> None:
    """Let the customer's facts move."""
    with services.engine.begin() as connection:
        connection.execute(text(f"UPDATE current_assessment SET {change}"))  # noqa: S608  the test's own text


def act(services: Services, verb: str, actor: str = OWNER, **more: object) -> int:
    """Use a verb on the newest review at its present version."""
    module = next(room for room in (analysis, finishing, assigning) if hasattr(room, verb))
    row = review(services)
    return int(getattr(module, verb)(services, review_id=row["review_id"], version=row["version"], actor=actor, **more))


def open_duties(services: Services) -> list[tuple[str, str]]:
    """Return what kind of duty is open, and whose."""
    found = rows(
        services.engine,
        "SELECT regexp_replace(kind, '_\\d+$', '') AS kind, owner FROM duty WHERE state = 'open' ORDER BY 1",
    )
    return [(str(row["kind"]), str(row["owner"])) for row in found]


def change_team(services: Services, old: str, new: str) -> None:
    """Let a person leave, or the first one lose a role and the place in its duty order, by another text of the team file."""
    team = services.instance.configuration_file("policies", "team.yaml").read_text(encoding="utf-8")
    changed = team.replace(old, new, 1).replace(f"[{OWNER}, ", "[") if "roles" in old else team.replace(old, new)
    (services.instance.home / "policies" / "team.yaml").write_text(changed, encoding="utf-8")
