"""Owns saying in words why two customers may be one, in English and Chinese."""

from collections.abc import Mapping

SHARED = {
    "number": ("both carry one registration number that joins nothing by itself", "登记号相同，但该号码无效或存疑"),
    "phone": ("one telephone number", "电话相同"),
    "domain": ("one web domain", "网站域名相同"),
    "address": ("one address", "地址相同"),
}
COUNTRY = {
    "same": ("one country", "国家相同"),
    "other": ("the countries differ", "国家不同"),
    "unknown": ("a country is not known", "国家未知"),
}


def why(evidence: Mapping[str, object], language: str) -> str:
    """Return the reasons of a proposal as one sentence."""
    place = int(language == "zh")
    alike = float(str(evidence["name"]))
    shared = evidence["shared"]
    reasons = [("names alike {:.0%}", "名称相似度 {:.0%}")[place].format(alike)]
    reasons += [SHARED[str(kind)][place] for kind in (shared if isinstance(shared, list) else [])]
    reasons.append(COUNTRY[str(evidence["country"])][place])
    return ("，" if place else ", ").join(reasons)
