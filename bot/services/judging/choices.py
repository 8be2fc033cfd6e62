"""Options named by their text: the whole of it, or a part that only one of them has."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from bot.services.judging.facts import Fact, facts, same_fact, whole_fact
from bot.services.judging.folding import form, place_form, tidy
from bot.services.judging.particles import cuts, loosely_harmless, stripped
from bot.services.judging.talk import is_small, is_talk
from bot.services.judging.typos import looks_like, misspelt
from bot.services.reading import LETTERS

_ITEMS = re.compile(r"\s*[、,，;；/&和与跟及]\s*|\s+|以及|还有|到(?=.{2})")
_MAY_FOLLOW = "国 朝 代 省 市 县 州 区 城 反应 过程 作用 方式 方法 阶段 时期 地区"
KINDS = frozenset(_MAY_FOLLOW.split())
"""May follow an option that says as much without."""
_PASSIVE = re.compile(r"^(?:会?被|会|由|靠)(?=.{3})")
_NEGATION = re.compile("[不非没]")
_LONGEST_REMARK = 6
_LEAST_PART = 2
_LEAST_SHARE = 0.4
_LEAST_BEGINNING = 0.5
"""A long option begins with what it speaks of, and ends with what it says of it."""
_SHORT = 6


@dataclass(frozen=True, slots=True)
class Choices:
    """The options of one question, ready to be recognised."""

    stem: str
    """In folded form."""
    stem_text: str
    forms: tuple[str, ...]
    cores: tuple[str, ...]
    """Forms without what all of them begin or end with."""
    tail: str
    """What all of them end with."""
    facts: tuple[Fact | None, ...]
    lists: tuple[tuple[str, ...], ...]
    """The items of options that are lists, in order; empty for others."""

    def exact(self, text: str) -> str | None:
        """The letter of the only option that *text* is word for word."""
        whole = form(text)
        return LETTERS[self.forms.index(whole)] if whole and self.forms.count(whole) == 1 else None

    def one(self, text: str, *, listed: bool = False) -> str | None:
        """The letter of the only option that all of *text* can mean; *listed* among others, a short part will do."""
        for said in cuts(tidy(text)):
            places = self._meant(said, listed=listed)
            if places:
                return LETTERS[next(iter(places))] if len(places) == 1 else None
        return self._after_remark(stripped(tidy(text)))

    def _after_remark(self, said: str) -> str | None:
        """The option that *said* ends with after a word on it: 老柴，柴可夫斯基."""
        remark, comma, last = said.rpartition(",")
        if not comma or not 1 < len(remark) <= _LONGEST_REMARK or is_talk(remark) or _NEGATION.search(remark):
            return None
        return None if any(self._meant(cut, listed=True) for cut in cuts(remark)) else self.exact(last)

    def _meant(self, said: str, *, listed: bool) -> set[int]:
        whole = form(said)
        if not whole or (is_small(said) and whole not in self.forms):
            return set()
        for places in (
            _places(self.forms, whole),
            _places(self.cores, whole),
            _places(self.forms, place_form(whole)),
            self._by_fact(said),
            self._by_list(said),
            self._by_part(whole, listed=listed),
            self._by_residue(whole),
            [at for at, one in enumerate(self.forms) if misspelt(one, whole, name=False) or looks_like(one, whole)],
        ):
            if places:
                return set(places)
        return set()

    def _by_fact(self, said: str) -> list[int]:
        found = facts(said) if all(self.facts) else ()
        if len(found) != 1:
            return []
        fact = found[0].fact
        if not all(loosely_harmless(form(part), self.stem) for part in (found[0].before, found[0].after)):
            return []
        exact = [at for at, one in enumerate(self.facts) if one == fact]
        return exact or [at for at, one in enumerate(self.facts) if one and same_fact(one, fact, self.stem_text)]

    def _by_list(self, said: str) -> list[int]:
        items = tuple(form(piece) for piece in _ITEMS.split(said) if form(piece))
        mine = [at for at, one in enumerate(self.lists) if one and _names(one, items)]
        if mine:
            return mine
        alike = [at for at, one in enumerate(self.lists) if len(one) > 1 and Counter(one) == Counter(items)]
        # Options that differ only in their order are no lists in any order.
        return alike if len(alike) == 1 else []

    def _by_part(self, whole: str, *, listed: bool) -> list[int]:
        if all(self.facts) or len(whole) < _LEAST_PART:
            return []
        held = [at for at, one in enumerate(self.forms) if _holds(one, whole)]
        if len(held) == 1 and (whole in self.stem or not (listed or self._telling(whole, held[0]))):
            return []
        return held or self._by_abbreviation(whole)

    def _telling(self, part: str, at: int) -> bool:
        core = len(self.cores[at])
        own = len(part.removesuffix(self.tail)) if self.tail else len(part)
        share = _LEAST_SHARE if core <= _SHORT or self.forms[at].endswith(part) else _LEAST_BEGINNING
        return own >= _LEAST_PART and own >= core * share

    def _by_abbreviation(self, whole: str) -> list[int]:
        """上交所, 沙俄: the option's first character and others of it, in its order."""
        whole = _PASSIVE.sub("", whole).replace("的", "")
        held = [at for at, one in enumerate(self.forms) if whole and _within(whole, one)]
        if whole.isascii() or len(held) != 1:
            return []
        option = self.forms[held[0]]
        begins = whole[0] == option[0]
        if len(whole) <= _LEAST_PART:
            return held if begins and len(option) <= 2 * _LEAST_PART else []
        return held if len(whole) * (3 if begins else 2) >= len(option) else []

    def _by_residue(self, whole: str) -> list[int]:
        """Options among words that only repeat the stem or say nothing; of nested ones the longest."""
        found: list[int] = []
        for at, names in enumerate(zip(self.forms, self.cores, strict=True)):
            for one in names:
                place = whole.find(one)
                if place < 0 or (one != names[0] and len(one) < _LEAST_PART):
                    continue
                before, after = whole[:place], whole[place + len(one) :].removesuffix(self.tail)
                if (before == "自" or loosely_harmless(before, self.stem)) and (
                    after in KINDS or loosely_harmless(after, self.stem)
                ):
                    found.append(at)
        longest = max((len(self.forms[at]) for at in found), default=0)
        return [at for at in found if len(self.forms[at]) == longest]


@lru_cache(maxsize=1024)
def choices(stem: str, options: tuple[str, ...]) -> Choices:
    """The options of one question, folded once."""
    options = options[: len(LETTERS)]
    forms = tuple(form(option) for option in options)
    cores, tail = _cores(forms)
    return Choices(
        stem=form(stem),
        stem_text=stem,
        forms=forms,
        cores=cores,
        tail=tail,
        facts=tuple(whole_fact(option) for option in options),
        lists=tuple(_items(option) for option in options),
    )


def _places(names: tuple[str, ...], whole: str) -> list[int]:
    return [at for at, one in enumerate(names) if one == whole]


def _cores(forms: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """The forms without the head and tail that all share, and that tail."""
    # 0点 is no word that 10点 and 500点 share.
    if len(forms) < 2 or all(any(map(str.isdigit, one)) for one in forms):
        return forms, ""
    head = _shared(forms)
    tail = _shared([one[head:][::-1] for one in forms])
    cores = tuple(one[head : len(one) - tail] for one in forms)
    return (cores, forms[0][len(forms[0]) - tail :]) if all(cores) else (forms, "")


def _shared(texts: tuple[str, ...] | list[str]) -> int:
    """How many characters all *texts* begin with."""
    columns = enumerate(zip(*texts, strict=False))
    return next((at for at, column in columns if len(set(column)) > 1), min(map(len, texts)))


def _items(option: str) -> tuple[str, ...]:
    pieces = [form(piece) for piece in re.split(r"[、,，]|和|与", tidy(option))]
    return tuple(pieces) if len(pieces) > 1 and all(len(piece) > 1 for piece in pieces) else ()


def _names(items: tuple[str, ...], said: tuple[str, ...]) -> bool:
    """Whether *said* names all *items* in their order, each at least by its beginning."""
    return len(items) == len(said) and all(
        one == other or (len(other) >= _LEAST_PART and one.startswith(other))
        for one, other in zip(items, said, strict=True)
    )


def _holds(option: str, part: str) -> bool:
    """Whether *part* stands in *option* without cutting a number in two."""
    place = option.find(part)
    if place < 0:
        return False
    around = option[place - 1 : place] + part[0], part[-1] + option[place + len(part) : place + len(part) + 1]
    return not any(len(edge) == 2 and edge.isascii() and edge.isdigit() for edge in around)


def _within(short: str, long: str) -> bool:
    rest = iter(long)
    return all(character in rest for character in short)
