"""Measures reading names and finding candidates on invented names: tools/measure_names.py NAMES; prints JSON.

One in a hundred names comes twice, the second time damaged: words in another order, another legal form, one or two letters wrong.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "plugins"))

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
ALIKE = 0.8
REMEMBERED = 300_000


def main() -> int:
    """Measure and print; returns the process's exit code."""
    import numpy as np

    from riskreview.identity import candidates
    from riskreview.identity.names import normalize, similarity

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    chance = random.Random(1)  # noqa: S311  invented names, not secrets
    names = [invent(chance) for _ in range(count)]
    twice = {number: damage(names[number], chance) for number in chance.sample(range(count), count // 100)}
    names.extend(twice.values())
    started = time.process_time()
    read = [candidates.name_parts(normalize(name)) for name in names]
    known = time.process_time()
    pairs, crowds, met = 0, 0, set()
    for one, other, shared in candidates.candidate_pairs(read):
        pairs += len(one)
        crowds += len(shared.numbers)
        if count <= REMEMBERED:
            low, high = np.minimum(one, other), np.maximum(one, other)
            planted = high >= count
            met.update(zip(low[planted].tolist(), high[planted].tolist(), strict=True))
    found = time.process_time()
    figures = {"names": len(names), "read_us_per_name": (known - started) / len(names) * 1e6, "pairs_per_name": pairs / len(names), "crowds": crowds,
               "pairs_cpu_s": found - known, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}  # fmt: skip
    if count <= REMEMBERED:
        alike = [(number, count + place) for place, number in enumerate(twice)
                 if has_own_word(names[number]) and similarity(normalize(names[number]), normalize(twice[number])) >= ALIKE]  # fmt: skip
        figures |= {"alike": len(alike), "met": sum(pair in met for pair in alike) / len(alike)}
    print(json.dumps(figures, indent=1))
    return 0


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


def has_own_word(name: str) -> bool:
    """Tell whether a name has a word beside surnames."""
    return name.split(maxsplit=1)[0] not in SURNAMES or name.replace("& ", "").split()[1] not in SURNAMES


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


if __name__ == "__main__":
    sys.exit(main())
