"""Owns invented names and registration numbers: places that do not exist, numbers whose check characters are right."""

import numpy as np
from numpy.typing import NDArray
from stdnum.fr import siren
from stdnum.util import clean

from riskreview.facts.registration import read_number

Names = NDArray[np.object_]

_PLACES = ("澜川", "云隐", "星渚", "松屿", "青岫", "梧野", "鹭汀", "白砚", "霁岭", "棠溪", "望舒", "听泉", "墨丘", "素湖", "翎港", "镜河")  # fmt: skip
_BRANDS = ("恒", "拓", "锐", "启", "嘉", "瑞", "博", "凌", "泰", "鼎", "科", "盛", "禾", "辰", "屹", "朗", "维", "骏", "卓", "融")  # fmt: skip
_SECOND = ("远", "达", "越", "源", "信", "捷", "森", "铭", "域", "川", "岳", "航", "颂", "晟", "诺", "衡", "帆", "灏", "澈", "稷")  # fmt: skip
_TRADES = ("机电", "精密机械", "自动化设备", "电子", "新材料", "汽车零部件", "轴承", "液压", "仪器仪表", "工贸")
_STARTS = (
    "Vel",
    "Tarn",
    "Or",
    "Brin",
    "Quen",
    "Sol",
    "Mar",
    "Nor",
    "Hal",
    "Dru",
    "Fen",
    "Kes",
    "Lor",
    "Pyr",
    "Zan",
    "Wyn",
)
_MIDDLES = ("mo", "wi", "ba", "do", "ri", "va", "lu", "ne", "so", "ta", "ge", "ki")
_ENDS = ("ra", "ck", "th", "lin", "dex", "von", "mar", "tis", "nor", "gan", "bel", "rix")
_FIELDS = ("Drives", "Components", "Industries", "Motion", "Systems", "Bearings", "Tooling", "Automation")
LEGAL_FORMS = {
    "DE": "GmbH", "AT": "GmbH", "US": "Inc.", "GB": "Ltd", "IE": "Ltd", "FR": "SAS", "SG": "Pte. Ltd.", "NL": "B.V.",
    "IT": "S.r.l.", "HK": "Ltd", "MX": "S.A. de C.V.", "VN": "Co., Ltd.", "MM": "Co., Ltd.",
}  # fmt: skip

_TAILS = {
    "AT": "ATU9{serial:05d}{tail:02d}", "DE": "DE9{serial:06d}{tail:02d}", "FR": "9{serial:06d}{tail:02d}", "GB": "GB9{serial:06d}{tail:02d}",
    "IE": "IE9{serial:06d}{letter}", "IT": "IT99{serial:05d}{tail:04d}", "NL": "NL9{serial:06d}{tail:02d}B01",
}  # fmt: skip
"""How the numbers of a country are built: a serial number, then what makes the check digits right."""
_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_FICTIONAL_REGION = "999001"  # no such division exists


def chinese_names(count: int, rng: np.random.Generator) -> list[str]:
    """Return ``count`` distinct names of companies in towns that do not exist."""
    total = len(_PLACES) * len(_BRANDS) * len(_SECOND) * len(_TRADES)
    return [_chinese_name(int(number)) for number in rng.permutation(total)[:count]]


def _chinese_name(number: int) -> str:
    number, trade = divmod(number, len(_TRADES))
    number, second = divmod(number, len(_SECOND))
    place, brand = divmod(number, len(_BRANDS))
    return f"{_PLACES[place]}市{_BRANDS[brand]}{_SECOND[second]}{_TRADES[trade]}有限公司"


def foreign_names(countries: list[str], rng: np.random.Generator) -> list[str]:
    """Return one distinct name for each country code, with a legal form of that country."""
    total = len(_STARTS) * len(_MIDDLES) * len(_ENDS) * len(_FIELDS)
    numbers = rng.permutation(total)[: len(countries)]
    return [f"{_foreign_name(int(n))} {LEGAL_FORMS[country]}" for n, country in zip(numbers, countries, strict=True)]


def _foreign_name(number: int) -> str:
    number, field = divmod(number, len(_FIELDS))
    number, end = divmod(number, len(_ENDS))
    start, middle = divmod(number, len(_MIDDLES))
    return f"{_STARTS[start]}{_MIDDLES[middle]}{_ENDS[end]} {_FIELDS[field]}"


def credit_code(number: int) -> str:
    """Return the unified social credit code of an invented company.

    :param number: a serial number below 10^8.
    Check characters: GB 11714 for the organization part, GB 32100-2015 for the whole.
    """
    organization = f"{number:08d}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(organization, weights, strict=True)) % 11
    body = f"91{_FICTIONAL_REGION}{organization}{'X' if rest == 10 else '0' if rest == 11 else rest}"
    total = sum(_CODE_ALPHABET.index(letter) * pow(3, place, 31) for place, letter in enumerate(body))
    return body + _CODE_ALPHABET[(31 - total % 31) % 31]


def foreign_registration(country: str, number: int) -> str:
    """Return the registration number of an invented company abroad; series 9 and 999 are nobody's.

    Where such a number has a check digit, its tail is counted up until that is right.
    """
    if country not in _TAILS:
        return f"{country}999{number:06d}"
    shape = _TAILS[country]
    made = (shape.format(serial=number, tail=tail, letter=chr(ord("A") + tail % 26)) for tail in range(10_000))
    found = next(text for text in made if (read := read_number(text, country)) and read.is_valid)
    return f"FR{clean(siren.to_tva(found), ' ')}" if country == "FR" else found
