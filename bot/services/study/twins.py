"""Twin questions: another question of the bank on the same point."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from datetime import date

from rapidfuzz import fuzz
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.importing.keys import answer_text
from bot.services.matching.lexicon import EMPTY, weight
from bot.services.matching.verifier import compare, only_points_at_options
from bot.services.reading import Reading
from store import bank
from store.bank import BankItem
from store.models import Question
from store.search import IndexKeeper
from store.wording import normal_form, option_set

_CANDIDATES = 40
_SAME, _SAME_WITH_KEY = 72, 50
"""Likeness of stems, in percent, from which one is the other in other words; less when the answer is the same."""
_SAME_OPTIONS = 3
_LONGEST_STEM, _LONGEST_OPTION = 300, 120
"""Characters, as of what a quiz asks."""
_NAME = range(2, 13)
"""Characters of an answer that may be a name."""
_KNOWN, _TELLING = 0.02, 0.003
"""Shares of the bank: what more questions say tells nothing of a point, and what so few say tells a lot."""
_FEW = 5
"""Questions, whatever share of a small bank they are."""
_LEAST, _LEAST_SHARE = 2.0, 0.2
"""Of the shared words: their rarities (0 to 1 each), and how much of all that the question says they are."""
_BESIDE_NAME = 0.8
"""Rarity of what twins share besides the answer's name."""

# What is said around a point, whatever the point is.
_FRAME = re.compile(
    "下列|以下|下面|下述|选项|各项|关于|有关|对于|不?属于|不是|不?包括|说法|叙述|表述|描述|正确|错误|有误|不对|作品|著作|作者|创作"
    "|被?[称誉视]为|又称|指出|提出|认为|主要|我国|中国|第一|最[早大高长多好]|分别|通常|一般|其中|哪[个项位种些]|什么|内容"
    "|中华人民共和国|毛泽东|习近平|总书记|同志|同时|先后|顺序|排列|按照|依照|历史性|发生|重大|重要|意义|活动|国家|机关"
    r"|特别|根据|规定|通过|进行|必须|应当|可以|不能|情况|问题|方面|不断|[，。、；：？！（）()_\s]+"
)
_CUT = re.compile(f"[{''.join(sorted(EMPTY))}和与由及等对为以中上下]|[0-9]+[年月日]?|[年月日](?=[0-9])")


class Twins:
    """Finds neighbours in the search index; knows none while there is no index."""

    def __init__(self, index: IndexKeeper) -> None:
        self._index = index

    async def of(
        self, session: AsyncSession, question: Question, *, today: date, avoid: Collection[int] = ()
    ) -> Question | None:
        """The question with options that has most of *question*'s point without being the same; ``None`` for none.

        A twin has the same category. Those to *avoid* come only when there is no other.
        """
        said = f"{question.stem} {_key(question)}"
        name = _name(question)
        found = [one.id for text in (said, name) if text for one in self._index.find(text, _CANDIDATES)]
        items = [item for item, _ in await bank.by_ids(session, list(dict.fromkeys(found)))]
        words = self._index.counts(_grams(said))
        rated = [
            (item.id in avoid, -share, item.id)
            for item in items
            if _may_be(question, item, today)
            and (share := self._share(words, name, item)) > 0
            and not _is_same(question, item)
        ]
        return await session.get(Question, min(rated)[2]) if rated else None

    def _share(self, words: dict[str, int], name: str, item: BankItem) -> float:
        """How much of the point that *words* tell the *item* has, one more for the answer's *name*; 0 for too little."""
        other = normal_form(f"{item.stem} {_key(item)}")
        size = max(2, self._index.size)
        known, few = max(_FEW, size * _KNOWN), max(_FEW, size * _TELLING)
        rare = {gram: 1 - math.log(count) / math.log(size) for gram, count in words.items() if count <= known}
        shared = [gram for gram in rare if gram in other]
        part = sum(rare[gram] for gram in shared)
        share = part / (sum(rare.values()) or 1.0)
        # 杭州 alone is where many a thing happened.
        beside = sum(rare[gram] for gram in shared if gram not in name)
        if name and name in other and (beside >= _BESIDE_NAME or name == normal_form(_key(item))):
            return 1 + share
        telling = any(words[gram] <= few for gram in shared)
        return share if telling and part >= _LEAST and share >= _LEAST_SHARE else 0.0


def _grams(said: str) -> set[str]:
    """Bigrams within words that may tell what is asked about."""
    pieces = (piece for part in _FRAME.split(said) for piece in _CUT.split(normal_form(part)))
    return {piece[at : at + 2] for piece in pieces for at in range(len(piece) - 1)}


def _key(question: Question | BankItem) -> str:
    return answer_text(question.answer, question.options)


def _name(question: Question) -> str:
    """The normal form of an answer that names something; empty for numbers, sentences and truths."""
    form = normal_form(_key(question))
    names = question.kind != "judge" and len(form) in _NAME and not any(map(str.isdigit, form))
    return form if names and weight(form) > 1 else ""


def _may_be(question: Question, item: BankItem, today: date) -> bool:
    return (
        item.id != question.id
        and item.status == "active"
        and bool(item.options and item.answer)
        and not item.material
        and item.category == question.category
        and item.holds_on(today)
        and len(item.stem) <= _LONGEST_STEM
        and all(len(option) <= _LONGEST_OPTION for option in item.options)
    )


def _is_same(question: Question, item: BankItem) -> bool:
    """Whether the two ask the same thing, in other words or another form."""
    held = compare(Reading((question.stem,), tuple(question.options), question.kind == "judge"), item)
    if held.hit is not None:
        return True
    if len(set(option_set(question.options)) & set(option_set(item.options))) >= _SAME_OPTIONS:
        return True
    # 下列说法正确的是 is asked of many things.
    if only_points_at_options([question.stem]) and only_points_at_options([item.stem]):
        return False
    least = _SAME_WITH_KEY if normal_form(_key(question)) == normal_form(_key(item)) else _SAME
    return held.whole or fuzz.ratio(normal_form(question.stem), normal_form(item.stem)) >= least
