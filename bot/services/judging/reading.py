"""What a member's words answer, if they answer anything."""

from __future__ import annotations

import re

from bot.services.judging.choices import choices
from bot.services.judging.facts import facts, whole_fact
from bot.services.judging.folding import form, tidy
from bot.services.judging.keys import Key, key_of
from bot.services.judging.letters import counted, every, picked
from bot.services.judging.listing import lettered, listed
from bot.services.judging.particles import EXPLICIT, INTRODUCED
from bot.services.judging.question import Given, Question
from bot.services.judging.short import judged
from bot.services.judging.talk import is_question, is_talk, no_answer
from bot.services.judging.truths import spoken
from bot.services.reading import LETTERS

_LONGEST = 200
"""Characters of anything that is read; an open answer may be twice its key."""
_ALL_RIGHT = re.compile(r"(?:都|全|全都|全部)(?:对|是|正确)[的了吧呀啊]*[!。~]*")
_REFUSED = re.compile(r"(?:不|别|没|莫|勿)(?:能|要|可能|可以|应该|会)?(?:选|是)|排除|除去|不对|不可能|(?<=[a-h])错")


def read(question: Question, text: str, *, addressed: bool = False) -> Given | None:
    """The answer that *text* gives to *question*; ``None`` for ordinary talk.

    *addressed*: the text quotes the question or is said to the bot, so that it is meant as an answer unless
    it asks something. Choices: letters in any order and layout, 第二个, or option texts; a bare number counts
    only as the text of an option, since 1 is what people say to be counted. Short questions: whatever is no
    talk, certain when it is introduced (答案是……), addressed, or right in so many words.
    """
    tidied = tidy(text[: 4 * _LONGEST])
    if question.options:
        return _choice(question, text, tidied, addressed) if len(tidied) <= _LONGEST else None
    if question.kind == "judge":
        said = spoken(tidied, question.stem) if len(tidied) <= _LONGEST else None
        return Given(said[0], certain=said[1] or addressed) if said else None
    return _short(question, text, tidied, addressed)


def _choice(question: Question, text: str, tidied: str, addressed: bool) -> Given | None:
    count = min(len(question.options), len(LETTERS))
    several = question.kind == "multiple"
    known = choices(question.stem, question.options)
    explicit = addressed or bool(EXPLICIT.match(tidied))
    # Where options are named like letters, a lone letter is a letter.
    exact = None if len(tidied) == 1 and tidied.isascii() else known.exact(text)
    if found := exact or picked(tidied, count):
        # dd is also what people say to push a message up.
        doubled = len(found) == 1 and tidied == 2 * found.lower()
        return Given(found, certain=(several or len(found) == 1) and not doubled)
    if several and every(tidied, count):
        return Given(LETTERS[:count], certain=True)
    if several and _ALL_RIGHT.fullmatch(tidied):
        return Given(LETTERS[:count], certain=addressed)
    if found := lettered(known, text):
        return Given(found, certain=several or len(found) == 1)
    if question.kind == "judge" and (said := spoken(tidied, question.stem)):
        place = _truth(question.options, said[0])
        return Given(LETTERS[place], certain=said[1] or addressed) if place is not None else None
    if _talk(question, tidied):
        return None
    if several and (found := listed(known, text)):
        return Given(found, certain=True)
    # One option's text is hardly ever all that somebody answers where several are right.
    found = (known.one(text) or counted(tidied, count)) if explicit or not several else None
    return Given(found, certain=explicit) if found else None


def _talk(question: Question, tidied: str) -> bool:
    """Whether the words beside the options ask, address others, or turn an option down."""
    rest = tidied
    for text in sorted((tidy(option) for option in question.options), key=len, reverse=True):
        rest = rest.replace(text, " ") if len(text) > 1 else rest
    # 不在其中 repeats the stem and turns nothing down.
    return no_answer(rest) or any(match[0] not in tidy(question.stem) for match in _REFUSED.finditer(rest))


def _truth(options: tuple[str, ...], said: str) -> int | None:
    found = [at for at, option in enumerate(options) if (one := spoken(tidy(option), "")) and one[0] == said]
    return found[0] if len(found) == 1 else None


def _short(question: Question, text: str, tidied: str, addressed: bool) -> Given | None:
    key = key_of(question)
    longest = max(24, 2 * max((len(one) for one in key.texts), default=0) + 8)
    said = text.strip()[:_LONGEST]
    if form(tidied) in key.forms:
        return Given(said, certain=True)
    counting = key.numeric and whole_fact(said) is not None
    if len(tidied) > longest or (is_talk(tidied) and not counting):
        return None
    if judged(key, said).right:
        return Given(said, certain=True)
    meant = bool(INTRODUCED.match(tidied)) or (addressed and not is_question(tidied) and _plausible(key, tidied))
    return Given(said, certain=meant)


def _plausible(key: Key, tidied: str) -> bool:
    """Whether what is said to the bot looks like an answer rather than a question of its own."""
    return len(tidied) <= max(8, 2 * len(key.main)) and (not key.numeric or bool(facts(tidied)))
