"""Owns why the customers of a pack were in their class when it mattered: now, when a review was opened or a plan begun, or as a run left it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from riskreview.assessment.explain import explain, explain_past
from riskreview.assessment.explanation import Explanation
from riskreview.assessment.past import read_past
from riskreview.evidence.scope import Scope
from riskreview.evidence.sections import Judged
from riskreview.evidence.words import word
from riskreview.foundation.errors import NotFound
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql

MOST = 20
"""Of the customers whose class a run changed, so many are explained, those that are worst off first."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One explanation, under what it is called in the report.

    :param rests_on: business date and run of the assessment that was in force then.
    """

    heading: str
    explanation: Explanation
    footing: str
    rests_on: Judged | None = None


def explanations_of(services: Services, scope: Scope, language: str) -> list[Explained]:
    """Return the explanations a pack holds; a period has none, its class changes are told one by one."""
    if scope.kind == "customer" and scope.customer is not None:
        try:
            found = explain(services, customer_key=scope.customer, language=language)
        except NotFound:
            return []
        return [_explained(found, word(language, "report", "explanation"), language)]
    values = {"kind": scope.kind, "number": None if scope.kind == "period" else int(scope.name), "how_many": MOST}
    with services.engine.connect() as connection:
        moments = connection.execute(text(sql("evidence", "moments")), values).all()
    told = (_then(services, row.customer_key, row.moment, scope, language) for row in moments)
    return [item for item in told if item is not None]


def _then(services: Services, customer: int, moment: datetime, scope: Scope, language: str) -> Explained | None:
    """Explain the class as it was in force at a moment; None when the customer was not assessed by then."""
    with services.engine.connect() as connection:
        past = read_past(services.instance, connection, customer_key=customer, moment=moment)
        named = connection.execute(text(sql("evidence", "customer")), {"customer_key": customer}).one()
    if past is None:
        return None
    found = explain_past(services, past, language=language, on_day=past.row["as_of"])
    heading = word(language, "report", f"explanation_of_{scope.kind}").format(customer=named.customer_id)
    return _explained(found, heading, language, rests_on=(past.row["as_of"], int(past.row["run_id"])))


def _explained(found: Explanation, heading: str, language: str, *, rests_on: Judged | None = None) -> Explained:
    footing = word(language, "report", "explained_of").format(day=found.as_of, version=found.policy_version)
    return Explained(heading, found, footing, rests_on)
