"""Owns weighing whether two accounts are one customer: likeness of names, and what else speaks for or against it. Pure rules."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from riskreview.facts.registration import read_number
from riskreview.identity.candidates import NameParts, name_parts, part_number
from riskreview.identity.lexicon import Lexicon
from riskreview.identity.names import NormalName, normalize, similarity
from riskreview.identity.spelling import spell
from riskreview.policy.identity_policy import IdentityPolicy

PHONE_DIGITS = 8
"""The last digits of a telephone number are the same with and without the code of country and town."""
MAIL_PROVIDERS = frozenset(
    "gmail.com outlook.com hotmail.com yahoo.com live.com icloud.com qq.com 163.com 126.com sina.com foxmail.com gmx.de web.de"
    " mail.ru yandex.ru orange.fr free.fr libero.it naver.com".split()
)

EVIDENCE = ("number", "phone", "domain", "address")
"""The facts of an account that are evidence when another account has the same."""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What one system says of an account, as it is compared.

    :param tax_key: the number that joins it to others; ``number`` is one that does not: invalid or doubted.
    """

    account_key: int
    name: NormalName
    country: str | None
    tax_key: str | None
    number_kind: str | None
    number: str | None
    phone: str | None
    domain: str | None
    address: str | None

    def parts(self) -> NameParts:
        """Return everything two accounts may share, the evidence beside the parts of the name."""
        named = name_parts(self.name)
        return NameParts(tuple(sorted({*named.numbers, *self.evidence_parts()})), named.sorted_words)

    def evidence_parts(self) -> dict[int, str]:
        """Return the kinds of evidence by the number of the part that others share."""
        return {part_number(f"{kind}:{value}"): kind for kind, value in self.evidence().items()}

    def evidence(self) -> dict[str, str]:
        """Return what is evidence when another account has it too."""
        return {kind: value for kind in EVIDENCE if (value := getattr(self, kind))}


@dataclass(frozen=True, slots=True)
class Likeness:
    """Why two accounts may be one customer."""

    score: float
    name: float
    shared: tuple[str, ...]
    country: str

    def as_evidence(self) -> dict[str, object]:
        """Return what is stored and shown; never the values themselves."""
        return {"name": round(self.name, 3), "shared": list(self.shared), "country": self.country}


def account_facts(row: Mapping[str, object], lexicon: Lexicon) -> AccountFacts:
    """Read an account row: account_key, name, tax_id, tax_key, number_kind, country, phone, website, address."""
    told = {key: None if row[key] is None else str(row[key]) for key in ("tax_id", "tax_key", "country", "number_kind")}
    read = read_number(told["tax_id"], told["country"]) if told["tax_id"] and told["tax_key"] is None else None
    return AccountFacts(
        int(str(row["account_key"])), normalize(str(row["name"] or ""), lexicon), told["country"], told["tax_key"], told["number_kind"],
        None if read is None else read.key, _phone(row["phone"]), _domain(row["website"]), _address(row["address"]),
    )  # fmt: skip


def compare(first: AccountFacts, other: AccountFacts, policy: IdentityPolicy) -> Likeness | None:
    """Return why two accounts may be one customer; None when too little speaks for it or their numbers speak against it."""
    if first.tax_key and other.tax_key and first.tax_key != other.tax_key and first.number_kind == other.number_kind:
        return None
    shared = tuple(kind for kind in EVIDENCE if (value := getattr(first, kind)) and getattr(other, kind) == value)
    country = _countries(first.country, other.country)
    if not shared and country == "other":
        return None
    name = similarity(first.name, other.name)
    enough = name >= policy.with_evidence if shared else name >= policy.name_alone
    if not enough and "number" not in shared:
        return None
    gap = 1.0 - name
    for kind in shared:
        gap *= 1.0 - float(getattr(policy.evidence, kind))
    score = (1.0 - gap) * (policy.other_country if country == "other" else 1.0)
    return Likeness(round(score, 4), name, shared, country)


def evidence_digest(first: AccountFacts, other: AccountFacts, found: Likeness) -> str:
    """Return the digest of what a proposal rests on; a refused one comes back when it differs."""
    facts = [found.as_evidence(), *({"name": side.name.core, "country": side.country, "number": side.tax_key,
                                     **side.evidence()} for side in (first, other))]  # fmt: skip
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _countries(first: str | None, other: str | None) -> str:
    if first is None or other is None:
        return "unknown"
    return "same" if first == other else "other"


def _phone(written: object) -> str | None:
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", str(written or "")))
    return digits[-PHONE_DIGITS:] if len(digits) >= PHONE_DIGITS else None


def _domain(written: object) -> str | None:
    text = str(written or "").strip().casefold()
    host = re.sub(r"^[a-z]+://", "", text).rpartition("@")[2].split("/")[0].split(":")[0].removeprefix("www.")
    return host if "." in host and host not in MAIL_PROVIDERS else None


def _address(written: object) -> str | None:
    """Return the words of an address in order of the alphabet; one without a number is no address."""
    words = sorted(spell(str(written or ""), {}))
    text = " ".join(words)
    return text if len(words) > 1 and any(character.isdigit() for character in text) else None
