"""Owns registration numbers: what kind one is, whether its check digit is right, and the spelling by which it is compared.

Kinds are known by their shape and the customer's country. A number of no known kind is compared as it is written; it is neither
valid nor invalid. A number that has the shape of a kind but not its check digit is invalid: it is kept, shown, and joins nothing.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType

from stdnum.exceptions import InvalidChecksum, ValidationError

SHORTEST = 6
HUNGARIAN = 11
"""Digits of a domestic Hungarian tax number; the first eight are those of the entity."""
UNKNOWN = "other"
USCC, LEI = "cn.uscc", "lei"
_NOT_PLAIN = re.compile(r"[^0-9A-Z]+")
_PLACEHOLDER = re.compile(r"^(.)\1*$")
_USCC = re.compile(r"^[1-9ANY][0-9A-HJ-NPQRTUWXY][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$")
_LEI = re.compile(r"^(?=.*[A-Z])[0-9A-Z]{18}[0-9]{2}$")

EUROPEAN = {
    "AT": "at.uid", "BE": "be.vat", "BG": "bg.vat", "CY": "cy.vat", "CZ": "cz.dic", "DE": "de.vat", "DK": "dk.cvr", "EE": "ee.kmkr",
    "ES": "es.nif", "FI": "fi.ytunnus", "FR": "fr.tva", "GB": "gb.vat", "GR": "gr.vat", "HR": "hr.oib", "HU": "hu.anum", "IE": "ie.vat",
    "IT": "it.iva", "LT": "lt.pvm", "LU": "lu.tva", "LV": "lv.pvn", "MT": "mt.vat", "NL": "nl.btw", "PL": "pl.nip", "PT": "pt.nif",
    "RO": "ro.cf", "SE": "se.vat", "SI": "si.ddv", "SK": "sk.dph",
}  # fmt: skip
"""The value-added tax number by country; it is compared with the country before it, told or not."""
NATIONAL = {
    "AD": "nrt", "AL": "nipt", "AR": "cuit", "AT": "businessid tin", "AU": "abn acn", "AZ": "voen", "BR": "cnpj", "BY": "unp",
    "CA": "bn", "CH": "uid vat", "CL": "rut", "CN": "uscc", "CO": "nit", "CR": "cpj", "DE": "handelsregisternummer stnr", "DO": "rnc",
    "DZ": "nif", "EC": "ruc", "EE": "registrikood", "EG": "tn", "FO": "vn", "FR": "siren siret", "GB": "utr", "GH": "tin", "GN": "nifp",
    "GT": "nit", "ID": "npwp", "IL": "hp", "IN": "gstin pan", "IS": "kennitala vsk", "JP": "cn", "KE": "pin", "KR": "brn", "LI": "peid",
    "MA": "ice", "MC": "tva", "MD": "idno", "ME": "pib", "MK": "edb", "MX": "rfc", "MZ": "nuit", "NO": "orgnr mva", "NZ": "ird",
    "PE": "ruc", "PL": "regon", "PY": "ruc", "RO": "onrc", "RS": "pib", "RU": "inn ogrn", "SE": "orgnr", "SG": "uen", "SI": "maticna",
    "SM": "coe", "SN": "ninea", "SV": "nit", "TH": "moa tin", "TN": "mf", "TR": "vkn", "TW": "ubn", "UA": "edrpou", "US": "ein",
    "UY": "rut", "VE": "rif", "VN": "mst", "ZA": "tin",
}  # fmt: skip
"""The other numbers of companies by country: modules of python-stdnum."""
DIGITS_OF_ENTITY = {"CH": 9, "NO": 9, "SE": 10}
"""Where the tax number is the register number with something behind it."""
WITHOUT_CHECK = frozenset(
    "ad.nrt al.nipt at.businessid cr.cpj de.handelsregisternummer de.stnr dz.nif eg.tn fo.vn in.pan is.vsk ke.pin kr.brn li.peid"
    " mc.tva ro.cf sm.coe th.tin tn.mf us.ein".split()
)
"""Kinds with a shape and no check digit: they are recognized, never proved."""
RESERVED = {"in": "in_", "is": "is_"}
"""Countries whose code is a word of Python."""
LABELS = {
    USCC: ("unified social credit code", "统一社会信用代码"),
    LEI: ("legal entity identifier (LEI)", "法人机构识别编码（LEI）"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RegistrationNumber:
    """A registration number.

    :param kind: country and name of the kind, such as ``br.cnpj``; ``lei``; ``other`` for none that is known.
    :param key: the spelling by which it is compared.
    :param is_valid: None where nothing can be checked.
    """

    kind: str
    key: str
    is_valid: bool | None


def read_number(written: str, country: str | None) -> RegistrationNumber | None:
    """Return what a written number is; None for a placeholder: too short, or one character repeated."""
    plain = _NOT_PLAIN.sub("", unicodedata.normalize("NFKC", written).upper())
    if len(plain) < SHORTEST or _PLACEHOLDER.match(plain):
        return None
    failed = ""
    for kind in _kinds(plain, country):
        found = _check(kind, plain)
        if found is None:
            continue
        if found.is_valid is not False:
            return found
        failed = failed or kind
    before = _country_before(plain)
    if country is not None and before not in {None, country}:
        named = _check(EUROPEAN[before], plain)  # the number names a country, the customer another: proved, or nothing
        if named is not None and named.is_valid:
            return named
    return RegistrationNumber(failed, plain, is_valid=False) if failed else RegistrationNumber(UNKNOWN, plain, None)


def problem(kind: str, written: str, language: str) -> str:
    """Say what is wrong with an invalid number."""
    label = kind_label(kind, language)
    if language == "zh":
        return f"{written} 不是有效的{label}：校验位错误"
    return f"{written} is no valid {label}: its check digit is wrong"


def kind_label(kind: str, language: str) -> str:
    """Return the name of a kind for people."""
    if kind in LABELS:
        return LABELS[kind][language == "zh"]
    if kind == UNKNOWN:
        return "登记号" if language == "zh" else "registration number"
    country, _, name = kind.partition(".")
    if EUROPEAN.get(country.upper()) == kind:
        return f"{country.upper()} 增值税号" if language == "zh" else f"VAT number of {country.upper()}"
    return f"{country.upper()} {name.upper()}"


def _kinds(plain: str, country: str | None) -> Iterator[str]:
    """Yield the kinds a number may be of, the likeliest first."""
    if country in {None, "CN"} and _USCC.match(plain):
        yield USCC
    if _LEI.match(plain):
        yield LEI
    where = country or _country_before(plain)
    if where in EUROPEAN:
        yield EUROPEAN[where]
    if where in NATIONAL and where != "CN":
        yield from (f"{where.lower()}.{name}" for name in NATIONAL[where].split())


def _country_before(plain: str) -> str | None:
    prefix = "GR" if plain.startswith("EL") else plain[:2]
    return prefix if prefix in EUROPEAN and plain[2:].rstrip("BW0123456789")[:1] in {"", "U"} else None


def _check(kind: str, plain: str) -> RegistrationNumber | None:
    """Return what the number is as one of a kind; None when it has not the kind's shape."""
    if kind == USCC:
        return RegistrationNumber(kind, plain, is_valid=_module(kind).calc_check_digit(plain[:-1]) == plain[-1])
    try:
        number = str(_module(kind).validate(plain[:8] if kind == "hu.anum" and len(plain) == HUNGARIAN else plain))
    except InvalidChecksum:
        return RegistrationNumber(kind, plain, is_valid=False)
    except ValidationError:
        return None
    return RegistrationNumber(kind, _entity(kind, number), None if kind in WITHOUT_CHECK else True)


def _entity(kind: str, number: str) -> str:
    """Return the number of the legal entity that a number names: that of its tax number, or of the firm of a plant."""
    plain = _NOT_PLAIN.sub("", number.upper())
    country = kind[:2].upper()
    if country == "FR":
        return f"FR{plain[-9:]}" if kind == "fr.tva" else f"FR{plain[:9]}"
    if country in DIGITS_OF_ENTITY:
        return country + re.sub(r"\D", "", plain)[: DIGITS_OF_ENTITY[country]]
    if kind == "in.gstin":
        return plain[2:12]  # one number for each state around the entity's own
    if EUROPEAN.get(country) == kind:
        return ("EL" if country == "GR" else country) + plain
    return plain


@cache
def _module(kind: str) -> ModuleType:
    country, _, name = kind.rpartition(".")
    return import_module(".".join(["stdnum", RESERVED.get(country, country), name] if country else ["stdnum", name]))
