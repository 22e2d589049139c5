"""Owns saying in words why two customers may be one, and what systems contradict each other about, in English and Chinese."""

from collections.abc import Mapping, Sequence

from riskreview.identity.results import Crowd

SHARED = {
    "number": ("both carry one registration number that joins nothing by itself", "登记号相同，但该号码无效或存疑"),
    "phone": ("one telephone number", "电话相同"),
    "domain": ("one web domain", "网站域名相同"),
    "address": ("one address", "地址相同"),
}
CROWDED = {
    "number": ("a registration number", "同一登记号"),
    "phone": ("a telephone number", "同一电话"),
    "domain": ("a web domain", "同一网站域名"),
    "address": ("an address", "同一地址"),
    "words": ("words of the name", "名称中的词"),
}
COUNTRY = {
    "same": ("one country", "国家相同"),
    "other": ("the countries differ", "国家不同"),
    "unknown": ("a country is not known", "国家未知"),
}
APART = {
    "name": ("names of two companies", "指向两家公司的名称"),
    "payment_terms_days": ("payment terms", "付款条件"),
    "status": ("states", "状态"),
    "country": ("countries", "国家"),
    "owner_user": ("account owners", "客户负责人"),
    "registration_number": ("registration numbers", "登记号"),
    "credit_limit": ("credit limits", "信用额度"),
    "majority_owner": ("majority owners", "控股股东"),
}
MORE_THAN_ALL = (
    "the shares of the owners that {systems} name add up to more than 100 %",
    "{systems} 所列股东的持股比例合计超过 100 %",
)


def contradiction(attribute: str, systems: Sequence[str], language: str) -> str:
    """Return what systems contradict each other, or themselves, about."""
    place = int(language == "zh")
    named = ("、" if place else " and ").join(sorted(systems))
    if attribute not in APART:
        return MORE_THAN_ALL[place].format(systems=named)
    return ("{systems} give different {what}", "{systems} 的{what}不一致")[place].format(
        systems=named, what=APART[attribute][place]
    )


def crowded(crowd: Crowd, language: str) -> str:
    """Return what a crowd shares, how many they are, and one of them."""
    place = int(language == "zh")
    words = "" if crowd.words is None else (" ({})", "（{}）")[place].format(crowd.words)
    told = (
        "{accounts:,} accounts share {shared}{words}, {system}:{account_id} among them",
        "{accounts:,} 个账户共用{shared}{words}，其中有 {system}:{account_id}",
    )
    return told[place].format(
        shared=CROWDED[crowd.shared][place],
        words=words,
        accounts=crowd.accounts,
        system=crowd.system,
        account_id=crowd.account_id,
    )


def why(evidence: Mapping[str, object], language: str) -> str:
    """Return the reasons of a proposal as one sentence."""
    place = int(language == "zh")
    alike = float(str(evidence["name"]))
    shared = evidence["shared"]
    reasons = [("names alike {:.0%}", "名称相似度 {:.0%}")[place].format(alike)]
    reasons += [SHARED[str(kind)][place] for kind in (shared if isinstance(shared, list) else [])]
    reasons.append(COUNTRY[str(evidence["country"])][place])
    return ("，" if place else ", ").join(reasons)
