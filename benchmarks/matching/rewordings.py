"""The same question as people really send it: each maker changes nothing that could change the answer."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from store.bank import BankItem

LETTERS = "ABCDEFGH"
_TABLE = Path("bot/services/matching/confusable.txt")
# What people most often type: the wrong choice of an input method is a common character.
_COMMON = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严"


@dataclass(frozen=True, slots=True)
class Asked:
    stem: str
    options: tuple[str, ...]

    @property
    def text(self) -> str:
        """As a member would paste it."""
        return "\n".join([self.stem, *(f"{LETTERS[at]}. {option}" for at, option in enumerate(self.options))])


Maker = Callable[[BankItem, random.Random], Asked | None]


@cache
def _homophones() -> dict[str, list[str]]:
    sounding: dict[str, list[str]] = defaultdict(list)
    readings: dict[str, str] = {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        character, sounds, *_ = line.split(" ")
        readings[character] = sounds.split(",")[0]
        if character in _COMMON:
            sounding[readings[character]].append(character)
    return {c: [other for other in sounding[sound] if other != c] for c, sound in readings.items()}


def plain(item: BankItem, chance: random.Random) -> Asked:
    return Asked(item.stem, item.options)


def shuffled(item: BankItem, chance: random.Random) -> Asked | None:
    if not item.options:
        return None
    return Asked(item.stem, tuple(chance.sample(item.options, len(item.options))))


def homophones(item: BankItem, chance: random.Random) -> Asked | None:
    """One or two characters replaced by common ones of the same sound."""
    stem = list(item.stem)
    places = [at for at, character in enumerate(stem) if _homophones().get(character)]
    if len(places) < 4:
        return None
    for at in chance.sample(places, 1 if len(places) < 16 else 2):
        stem[at] = chance.choice(_homophones()[stem[at]])
    return Asked("".join(stem), item.options)


def swapped(item: BankItem, chance: random.Random) -> Asked | None:
    """Two neighbouring characters typed the other way round."""
    places = [at for at in range(len(item.stem) - 1) if _hanzi(item.stem[at]) and _hanzi(item.stem[at + 1])]
    if len(places) < 4:
        return None
    at = chance.choice(places)
    stem = item.stem
    return Asked(stem[:at] + stem[at + 1] + stem[at] + stem[at + 2 :], item.options)


def doubled(item: BankItem, chance: random.Random) -> Asked | None:
    """One character typed twice."""
    places = [at for at, character in enumerate(item.stem) if _hanzi(character)]
    if len(places) < 4:
        return None
    at = chance.choice(places)
    return Asked(item.stem[:at] + item.stem[at] + item.stem[at:], item.options)


def dropped(item: BankItem, chance: random.Random) -> Asked | None:
    """One or two characters left out anywhere."""
    length = 1 if len(item.stem) < 20 else 2
    if len(item.stem) < 10:
        return None
    at = chance.randrange(len(item.stem) - length)
    return Asked(item.stem[:at] + item.stem[at + length :], item.options)


_BEFORE = ("请问", "求助：", "大佬们，这题怎么选？", "老师，", "帮我看看这道题：", "12、", "（单选题）", "想问一下，")
_AFTER = ("谢谢", "选哪个？", "这题怎么做啊", "在线等", "求答案", "是什么呀", "呢？")


def wrapped(item: BankItem, chance: random.Random) -> Asked:
    """Words around the question that ask nothing."""
    before, after = chance.choice((*_BEFORE, "")), chance.choice((*_AFTER, ""))
    return Asked(f"{before}{item.stem}{'' if item.options else after}", item.options)


def half(item: BankItem, chance: random.Random) -> Asked | None:
    """The first or the second half of the stem, cut at a comma when there is one near the middle."""
    if len(item.stem) < 16:
        return None
    middle = len(item.stem) // 2
    commas = [at for at, c in enumerate(item.stem) if c in "，,。；" and abs(at - middle) < len(item.stem) / 5]
    cut = min(commas, key=lambda at: abs(at - middle)) + 1 if commas else middle
    return Asked(item.stem[:cut] if chance.random() < 0.5 else item.stem[cut:], item.options)


_ASKING = (
    ("是什么", "是啥"),
    ("哪个", "哪一个"),
    ("我国", "中国"),
    ("谁", "哪位"),
    ("是", "是指"),
    ("的是", "的是哪个"),
    ("下列", "以下"),
)


def asked_otherwise(item: BankItem, chance: random.Random) -> Asked | None:
    """Another of the words that ask the same."""
    fitting = [(old, new) for old, new in _ASKING if old in item.stem]
    if not fitting:
        return None
    old, new = chance.choice(fitting)
    return Asked(item.stem.replace(old, new, 1), item.options)


def laid_out(item: BankItem, chance: random.Random) -> Asked:
    """Other punctuation, width, spaces, blanks."""
    stem = item.stem.replace("，", chance.choice((" ", ",", ""))).replace("（", "( ").replace("）", " )")
    options = tuple(f" {option}；" for option in item.options)
    return replace(Asked(stem, options), stem=" ".join(stem) if chance.random() < 0.2 else stem)


def _hanzi(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


MAKERS: dict[str, Maker] = {
    "as it stands": plain,
    "options shuffled": shuffled,
    "other layout": laid_out,
    "words around it": wrapped,
    "asked otherwise": asked_otherwise,
    "homophones": homophones,
    "neighbours swapped": swapped,
    "a character twice": doubled,
    "one or two left out": dropped,
    "half the sentence": half,
}
