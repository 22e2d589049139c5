"""Owns company names that are made up, and other spellings of them as people write them."""

import random
from collections.abc import Iterator

SYLLABLES = (
    "ba be bi bo ka ke ko la le li lo ma me mi mo na ne ni no pa pe po ra re ri ro sa se si so ta te ti to va ve vi vo da"
    " de do ga go za zo sch kra bro tri fle sto hal ber mann son berg ford wick ton ley ist ner"
).split()
SURNAMES = (
    "Smith Jones Müller Schmidt Garcia Rossi Wang Li Zhang Chen Kim Nguyen Patel Singh Silva Santos Kowalski Novak Horvat"
    " Ivanov Petrov Hansen Larsen Johansson Virtanen Jansen Dubois Martin Bernard"
).split()
LINES = "Trading Technology Industries International Logistics Services Solutions Engineering Electronics Foods Steel Group".split()
PLACES = "Shanghai Berlin London Paris Madrid Milano Warszawa Shenzhen Ningbo Tokyo Delhi Nordic Asia Europe".split()
FORMS = (
    "Ltd",
    "GmbH",
    "LLC",
    "Inc",
    "S.A.",
    "SARL",
    "B.V.",
    "AB",
    "Oy",
    "Pty Ltd",
    "Co., Ltd.",
    "S.r.l.",
    "Sp. z o.o.",
)
CHARACTERS = "华宏达远信恒泰安盛鑫瑞丰源德隆昌兴旺和顺金龙凤凯天海东方明亮星辉创新智慧云腾飞跃博睿嘉禾"
CHINESE_PLACES = ("上海", "北京", "深圳市", "广州", "杭州", "宁波", "苏州")
CHINESE_LINES = ("贸易", "科技", "实业", "电子", "机械", "建设", "物流")
CHINESE_FORMS = ("有限公司", "股份有限公司", "有限责任公司")


def invent(chance: random.Random) -> str:
    """Return a made-up company name."""
    kind = chance.random()
    if kind < 0.2:
        brand = "".join(chance.choices(CHARACTERS, k=chance.choice((2, 2, 3, 4))))
        return chance.choice(CHINESE_PLACES) + brand + chance.choice(CHINESE_LINES) + chance.choice(CHINESE_FORMS)
    if kind < 0.35:
        own = f"{chance.choice(SURNAMES)} {chance.choice(('& ', ''))}{chance.choice(SURNAMES)}"
    else:
        own = " ".join(_own_words(chance, kind))
    line = f" {chance.choice(LINES)}" if chance.random() < 0.6 else ""
    place = f" {chance.choice(PLACES)}" if chance.random() < 0.2 else ""
    return f"{own}{line}{place} {chance.choice(FORMS)}"


def _own_words(chance: random.Random, kind: float) -> Iterator[str]:
    if kind < 0.5:
        yield chance.choice(SURNAMES)
    for _ in range(2 if kind > 0.8 else 1):
        yield "".join(chance.choices(SYLLABLES, k=chance.choice((2, 3, 3, 4)))).capitalize()


def damage(name: str, chance: random.Random) -> str:
    """Return another spelling of a name."""
    kind = chance.random()
    if not name[0].isascii():
        return name.replace("市", "") if kind < 0.5 else name.replace("有限责任公司", "有限公司")
    words = name.split()
    if kind < 0.2:
        return " ".join(chance.sample(words, len(words)))
    if kind < 0.4:
        return " ".join([*words[:-1], chance.choice(FORMS)])
    letters = list(name)
    for _ in range(1 if kind < 0.8 else 2):
        place, what = chance.randrange(len(letters)), chance.random()
        if what < 0.33:
            letters[place] = chance.choice("abcdefghijklmnopqrstuvwxyz")
        elif what < 0.67:
            del letters[place]
        else:
            letters.insert(place, chance.choice("abcdefghijklmnopqrstuvwxyz"))
    return "".join(letters)
