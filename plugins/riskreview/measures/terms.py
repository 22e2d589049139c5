"""Rules of what a measure says: its parameters read, checked against the catalogue and the customer, told, and identified by a digest."""

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from riskreview.foundation.errors import RuleViolation
from riskreview.policy.measure_policy import PARAMETERS, MeasureKind, MeasurePolicy

CENT = Decimal("0.01")

LARGEST = 10**15
"""No parameter is larger, and so much is still exact to the cent."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The parameters of a measure, those its kind has; amounts in the reporting currency."""

    amount: Decimal | None = None
    days: int | None = None
    share_pct: Decimal | None = None
    stage: int | None = None

    def over(self, other: "Terms") -> "Terms":
        """Return these terms, completed by others where nothing is said."""
        return Terms(
            other.amount if self.amount is None else self.amount, other.days if self.days is None else self.days,
            other.share_pct if self.share_pct is None else self.share_pct, other.stage if self.stage is None else self.stage,
        )  # fmt: skip

    def said(self) -> dict[str, Decimal | int]:
        """Return the parameters that are given, by name."""
        return {name: value for name in PARAMETERS if (value := getattr(self, name)) is not None}

    def told(self, currency: str) -> str:
        """Return the parameters as people write them; empty without any."""
        parts = [
            f"{self.amount:,.2f} {currency}" if self.amount is not None else "",
            f"{self.days} days" if self.days is not None else "",
            f"{self.share_pct.normalize():f} %" if self.share_pct is not None else "",
            f"stage {self.stage}" if self.stage is not None else "",
        ]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A measure somebody wants, as far as it was said."""

    kind: str
    terms: Terms = Terms()
    starts_on: date | None = None
    expires_on: date | None = None


def parse_wanted(text: str, policy: MeasurePolicy) -> Wanted:
    """Read ``cut_limit amount=120000`` or ``deposit share_pct=25``.

    :raises RuleViolation: for an unknown kind or parameter, one that is said twice, or a value that is no number.
    """
    kind, *parts = text.split() or [""]
    known = find_kind(kind, policy)
    values: dict[str, Decimal | int] = {}
    for part in parts:
        name, _, value = part.partition("=")
        if name not in known.parameters:
            given = ", ".join(known.parameters) or "none"
            raise RuleViolation(f"{kind} has no parameter {name}; its parameters are: {given}")
        if name in values:
            raise RuleViolation(f"{kind} gives {name} twice; say it once")
        values[name] = _number(kind, name, value)
    return Wanted(kind, Terms(**values))  # type: ignore[arg-type]  # each name was checked, each value is of its kind


def find_kind(name: str, policy: MeasurePolicy) -> MeasureKind:
    """Return an entry of the catalogue.

    :raises RuleViolation: when there is none of that id.
    """
    found = next((kind for kind in policy.kinds if kind.id == name), None)
    if found is None:
        raise RuleViolation(
            f"{name or 'nothing'} is no measure; the measures are {', '.join(kind.id for kind in policy.kinds)}"
        )
    return found


def check_terms(kind: MeasureKind, terms: Terms, *, limit: Decimal | None, terms_days: int | None) -> None:
    """Check that everything the kind asks for is said, within its bounds, and below (relaxing: above) what the customer has.

    :raises RuleViolation: naming what is missing or out of bounds.
    """
    for name in PARAMETERS:
        value, bounds = getattr(terms, name), kind.parameters.get(name)
        if (value is None) != (bounds is None):
            raise RuleViolation(f"{kind.id} needs {name}" if bounds else f"{kind.id} has no {name}")
        if bounds is not None and not bounds.least <= value <= (bounds.most if bounds.most is not None else value):
            upper = f" and at most {bounds.most:g}" if bounds.most is not None else ""
            raise RuleViolation(f"{name} of {kind.id} is at least {bounds.least:g}{upper}, not {value}")
    now = {"limit": limit, "terms": terms_days}.get(kind.compared_with or "")
    wanted = terms.amount if kind.compared_with == "limit" else terms.days
    if now is None or wanted is None:
        return
    if (wanted <= now) if kind.relaxes else (wanted >= now):
        direction = "above" if kind.relaxes else "below"
        raise RuleViolation(
            f"{kind.id} must be {direction} the present {kind.compared_with} of {now:,}, not {wanted:,}"
        )


def digest_of(customer_key: int, kind: str, terms: Terms, days: tuple[date, date], reason: str) -> str:
    """Return the SHA-256 an approval of a measure is bound to."""
    said: tuple[object, ...] = (
        customer_key,
        kind,
        terms.amount,
        terms.days,
        terms.share_pct,
        terms.stage,
        *days,
        reason,
    )
    return hashlib.sha256("\n".join("" if part is None else str(part) for part in said).encode()).hexdigest()


def _number(kind: str, name: str, value: str) -> Decimal | int:
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    is_whole = name in {"days", "stage"}
    if not number.is_finite() or (is_whole and number != int(number)):
        raise RuleViolation(f"{name} of {kind} is {'a whole number' if is_whole else 'a number'}, not {value}")
    if abs(number) > LARGEST:
        raise RuleViolation(f"{name} of {kind} is at most {LARGEST:,}, not {value}")
    return int(number) if is_whole else number.quantize(CENT)
