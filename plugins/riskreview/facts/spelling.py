"""Owns how Chinese names are spelled in Latin letters (pinyin), stored with the customer so that people find a name by typing it so.

A character is spelled as it usually is, and as a phrase asks for where the name has one whose reading is another (银行 yin hang). The library and
its tables are loaded when the first Chinese name is written; searching needs neither.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from sqlalchemy import Connection, text

from riskreview.foundation.sql import sql

PART = 20_000
"""Names that are spelled and written at once."""
LEAST, MOST = 3, 60
"""Letters somebody types: fewer say too little, more are no name."""
MOST_READINGS = 8
"""Ways to part letters into syllables that are tried: xian is one syllable or two."""
INITIAL = "#"
"""Stands before a piece of three initials, which no syllable begins with."""
SYLLABLES = frozenset((
    "a ai an ang ao ba bai ban bang bao bei ben beng bi bian biao bie bin bing bo bu ca cai can cang cao ce cen ceng cha chai chan chang chao che "
    "chen cheng chi chong chou chu chua chuai chuan chuang chui chun chuo ci cong cou cu cuan cui cun cuo da dai dan dang dao de dei den deng di "
    "dia dian diao die ding diu dong dou du duan dui dun duo e ei en eng er fa fan fang fei fen feng fiao fo fou fu ga gai gan gang gao ge gei "
    "gen geng gong gou gu gua guai guan guang gui gun guo ha hai han hang hao he hei hen heng hong hou hu hua huai huan huang hui hun huo ji jia "
    "jian jiang jiao jie jin jing jiong jiu ju juan jue jun ka kai kan kang kao ke kei ken keng kong kou ku kua kuai kuan kuang kui kun kuo la "
    "lai lan lang lao le lei len leng li lia lian liang liao lie lin ling liu lo long lou lu luan lun luo lv lve ma mai man mang mao me mei men "
    "meng mi mian miao mie min ming miu mo mou mu na nai nan nang nao ne nei nen neng ni nian niang niao nie nin ning niu nong nou nu nuan nun "
    "nuo nv nve o ou pa pai pan pang pao pei pen peng pi pian piao pie pin ping po pou pu qi qia qian qiang qiao qie qin qing qiong qiu qu quan "
    "que qun ran rang rao re ren reng ri rong rou ru rua ruan rui run ruo sa sai san sang sao se sen seng sha shai shan shang shao she shei shen "
    "sheng shi shou shu shua shuai shuan shuang shui shun shuo si song sou su suan sui sun suo ta tai tan tang tao te tei teng ti tian tiao tie "
    "ting tong tou tu tuan tui tun tuo wa wai wan wang wei wen weng wo wu xi xia xian xiang xiao xie xin xing xiong xiu xu xuan xue xun ya yan "
    "yang yao ye yi yin ying yo yong you yu yuan yue yun za zai zan zang zao ze zei zen zeng zha zhai zhan zhang zhao zhe zhei zhen zheng zhi "
    "zhong zhou zhu zhua zhuai zhuan zhuang zhui zhun zhuo zi zong zou zu zuan zui zun zuo "
).split())  # fmt: skip
"""Every syllable of Mandarin, without its tone; v stands for ü."""
LONGEST = max(map(len, SYLLABLES))
HAN = re.compile("[\u3400-\u9fff]")
TONES = str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ", "aaaaeeeeiiiioooouuuuvvvvvnnnm")


@dataclass(frozen=True, slots=True)
class Spelling:
    """A name in Latin letters.

    :param spelled: its syllables, parted by spaces. :param initials: their first letters.
    """

    spelled: str
    initials: str

    @property
    def pieces(self) -> set[str]:
        """What it is found by: its syllables, and each three initials in a row."""
        return {*self.spelled.split(), *triples(self.initials)}


@dataclass(frozen=True, slots=True)
class Sought:
    """One way to read what somebody typed.

    :param whole: pieces a name must have. :param last: of these it must have one. :param spelled: what a spelling begins with, or goes on with after a space. :param initials: what its initials contain.
    """

    whole: tuple[str, ...]
    last: tuple[str, ...] | None = None
    spelled: str | None = None
    initials: str | None = None


def spell(name: str) -> Spelling:
    """Return how a name is spelled; what is no Chinese character is left out."""
    single, turning = _tables()
    letters = HAN.findall(name)
    if any(one + two in turning for one, two in pairwise(letters)):
        from pypinyin import lazy_pinyin

        syllables = [part.translate(TONES) for part in lazy_pinyin("".join(letters))]
    else:
        syllables = [single[letter] for letter in letters if letter in single]
    syllables = [part for part in syllables if part.isascii() and part.isalpha()]
    return Spelling(" ".join(syllables), "".join(part[0] for part in syllables))


def sought(typed: str) -> list[Sought]:
    """Return the ways to read what somebody typed as pinyin: whole or begun syllables, or initials; none where it cannot be."""
    letters = re.sub(r"[\s'’-]", "", typed.lower()).replace("ü", "v")
    if not (letters.isascii() and letters.isalpha() and LEAST <= len(letters) <= MOST):
        return []
    found = [Sought(tuple(parts[:-1]), tuple(sorted(item for item in SYLLABLES if item.startswith(parts[-1]))), f"{' '.join(parts)}%")
             for parts in _readings(letters)]  # fmt: skip
    return [*found, Sought(tuple(triples(letters)), None, None, f"%{letters}%")]


def triples(initials: str) -> list[str]:
    """Return each three initials in a row."""
    return [f"{INITIAL}{initials[place : place + 3]}" for place in range(len(initials) - 2)]


def spell_customers(connection: Connection) -> None:
    """Spell the Chinese names of the customers listed in touched_customer; where no name is spelled yet, those of all."""
    is_first = connection.execute(text(sql("facts", "is_nothing_spelled"))).scalar_one()
    if not is_first:
        connection.execute(text(sql("facts", "forget_spelled")))
    names = connection.execute(text(sql("facts", "unspelled_all" if is_first else "unspelled"))).all()
    for start in range(0, len(names), PART):
        part = names[start : start + PART]
        spelled = [spell(row.name) for row in part]
        connection.execute(text(sql("facts", "insert_spelled")), {
            "keys": [row.customer_key for row in part], "names": [row.name for row in part], "spelled": [item.spelled for item in spelled],
            "initials": [item.initials for item in spelled], "pieces": [" ".join(sorted(item.pieces)) for item in spelled],
        })  # fmt: skip


def _readings(letters: str) -> Iterator[list[str]]:
    """Yield the first ways to part letters into syllables, of which the last may only be begun."""
    waiting: list[tuple[int, list[str]]] = [(0, [])]
    count = 0
    while waiting and count < MOST_READINGS:
        place, parts = waiting.pop()
        rest = letters[place:]
        if _begins(rest):
            count += 1
            yield [*parts, rest]
        waiting += [(place + size, [*parts, rest[:size]]) for size in range(1, min(LONGEST, len(rest) - 1) + 1) if rest[:size] in SYLLABLES]  # fmt: skip


@cache
def _begins(letters: str) -> bool:
    return any(item.startswith(letters) for item in SYLLABLES)


@cache
def _tables() -> tuple[dict[str, str], frozenset[str]]:
    """Return the usual syllable of each character, and the first two characters of phrases in which one of them has another."""
    from pypinyin.phrases_dict import phrases_dict
    from pypinyin.pinyin_dict import pinyin_dict

    single = {chr(code): readings.partition(",")[0].translate(TONES) for code, readings in pinyin_dict.items()}
    return single, frozenset(_turning(single, phrases_dict.items()))


def _turning(single: dict[str, str], phrases: Iterable[tuple[str, list[list[str]]]]) -> Iterator[str]:
    for phrase, readings in phrases:
        if any(
            single.get(letter) != reading[0].translate(TONES) for letter, reading in zip(phrase, readings, strict=False)
        ):
            yield phrase[:2]
