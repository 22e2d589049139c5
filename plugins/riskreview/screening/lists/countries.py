"""Owns the ISO code of a country that a list names in English words."""

from functools import cache

from babel import Locale

OTHER_NAMES = {
    "russia": "RU", "iran": "IR", "syria": "SY", "burma": "MM", "korea, north": "KP", "north korea": "KP", "korea, south": "KR",
    "south korea": "KR", "china": "CN", "hong kong": "HK", "macau": "MO", "taiwan": "TW", "vietnam": "VN", "laos": "LA",
    "turkey": "TR", "czech republic": "CZ", "cote d ivoire": "CI", "congo, democratic republic of the": "CD",
    "democratic republic of the congo": "CD", "congo, republic of the": "CG", "bosnia and herzegovina": "BA", "the gambia": "GM",
    "gambia, the": "GM", "bahamas, the": "BS", "iran, islamic republic of": "IR", "syrian arab republic": "SY",
    "russian federation": "RU", "democratic people's republic of korea": "KP", "united states": "US", "united kingdom": "GB",
    "palestinian": "PS", "west bank": "PS", "moldova": "MD", "tanzania": "TZ", "venezuela": "VE", "bolivia": "BO", "brunei": "BN",
    "cape verde": "CV", "swaziland": "SZ", "macedonia, the former yugoslav republic of": "MK", "north macedonia, the republic of": "MK",
    "türkiye": "TR", "viet nam": "VN", "republic of korea": "KR",
}  # fmt: skip


@cache
def _codes() -> dict[str, str]:
    territories = Locale.parse("en").territories
    return {str(name).casefold(): code for code, name in territories.items() if len(code) == 2} | OTHER_NAMES


def country_code(name: str) -> str:
    """Return the ISO 3166 code of a country, empty where the name is none; a two-letter code stays."""
    text = name.strip()
    if len(text) == 2 and text.isalpha():
        return text.upper()
    return _codes().get(text.casefold(), "")
