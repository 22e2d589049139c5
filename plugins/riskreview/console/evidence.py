"""Owns handing an auditor the evidence pack of a customer, a review, a run or an activated plan; the act goes into the event log."""

from pathlib import Path
from tempfile import TemporaryDirectory

from riskreview.console.answers import Attachment
from riskreview.console.visit import Visit
from riskreview.evidence.pack import Subject, write_pack
from riskreview.evidence.scope import Kind


def of_customer(visit: Visit) -> Attachment:
    """Hand over a customer's pack."""
    return _packed(visit, "customer", "customer_key")


def of_review(visit: Visit) -> Attachment:
    """Hand over a review's pack."""
    return _packed(visit, "review", "review_id")


def of_run(visit: Visit) -> Attachment:
    """Hand over a run's pack."""
    return _packed(visit, "run", "run_id")


def of_activation(visit: Visit) -> Attachment:
    """Hand over an activated plan's pack."""
    return _packed(visit, "activation", "activation_id")


def _packed(visit: Visit, kind: Kind, parameter: str) -> Attachment:
    number, visitor = visit.number(parameter), visit.visitor
    with TemporaryDirectory(prefix="evidence-") as folder:
        place = Path(folder) / f"evidence-{kind}-{number}.zip"
        write_pack(visit.services, Subject(kind, number), place, language=visitor.language, actor=visitor.person)
        return Attachment(place.name, place.read_bytes(), "application/zip", (kind, str(number)))
