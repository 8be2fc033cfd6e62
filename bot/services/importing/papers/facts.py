"""What each line of a paper may be, told from the line and from those after it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from bot.services.importing.papers import marks, options
from bot.services.importing.papers.headings import Heading, heading
from bot.services.importing.papers.keylist import key_table, lists_keys
from bot.services.importing.papers.lines import Line
from bot.services.importing.papers.numbers import Numbered, numbered

ASKS = re.compile(
    r"[？?]|[（(]\s*[)）]|_{2,}|[:：]\s*$|[（(]\s*(?:[A-HＡ-Ｈ]{1,8}|√|×|对|错)\s*[)）]"
    r"|(?:[是有为指]|的一项|包括|属于|在于)\s*[。.]?\s*$"
)
_NOT_LONG = 60
"""Numbers, those of lists in explanations among them."""
BLANK = re.compile(r"[（(]\s*[)）]|_{2,}")
JUDGED = re.compile(r"[（(]\s*(?:√|×|✓|✔|✗|✘|对|错|正确|错误)\s*[)）]\s*[。.]?\s*$")


@dataclass(slots=True)
class Fact:
    """One line and what it may be."""

    line: Line
    heading: Heading | None
    number: Numbered | None
    opens: bool
    """Options begin on it."""
    lists_keys: bool = False
    """Nothing but keys of several questions."""
    leads: bool = False
    """Options begin on the line below."""
    options_follow: bool = False
    """Two options or more begin on it or below it, before the next number or heading."""
    key_follows: bool = False
    """A key is announced on it or below it, before the next number or heading."""
    later_letters: str = ""
    """Letters that lines below begin with, before the next number, heading, key or explanation."""


def facts_of(lines: Sequence[Line]) -> list[Fact]:
    """One fact for each line."""
    facts = [_fact(lines, at) for at in range(len(lines))]
    _settle_doubts(facts)
    _look_ahead(facts)
    return facts


def _fact(lines: Sequence[Line], at: int) -> Fact:
    text = lines[at].text
    following = lines[at + 1].text if at + 1 < len(lines) else ""
    number = numbered(text)
    opens = bool(options.begins(text, "A")) or options.inside(text) >= 0
    if not opens and options.begins_bare(text) == "A":
        opens = options.letters(text)[:2] == "AB" or options.begins_bare(following) == "B"
    if not opens and number is None:
        opens = options.torn(text)
    leads = bool(options.begins(following, "A"))
    if number is not None and opens and options.begins(text, "A") and not (number.key and leads):
        number = None
    if leads and text.startswith(("(", "（")):
        # （A）是… with options below it is a stem with its key in the blank.
        opens = False
    # Without its name a row of numbers may belong to a table of the question.
    table = text.startswith(("题", "序")) and bool(key_table(text, following))
    return Fact(lines[at], heading(text), number, opens, table or lists_keys(text), leads)


def _settle_doubts(facts: Sequence[Fact]) -> None:
    """Keeps a doubtful number only where the one before it was met not long ago."""
    met: deque[int] = deque(maxlen=_NOT_LONG)
    for fact in facts:
        if fact.heading is not None:
            fact.number = None
        number = fact.number
        if number is None or number.style != "plain":
            continue
        if number.doubtful and number.number - 1 not in met and (met or number.number != 1):
            fact.number = None
        else:
            met.append(number.number)


def _look_ahead(facts: Sequence[Fact]) -> None:
    opens = keyed = False
    letters = ""
    for fact in reversed(facts):
        text = fact.line.text
        marked = marks.at_key(text) is not None
        keyed = keyed or marked
        opens = opens or (fact.opens and ("B" in letters or not options.begins(text) or "B" in options.letters(text)))
        fact.options_follow, fact.key_follows, fact.later_letters = opens, keyed, letters
        if fact.number is not None or fact.heading is not None:
            opens, keyed, letters = False, False, ""
        elif marked or marks.at_explanation(text) is not None:
            letters = options.begins(text)
        else:
            letters = (options.begins(text) + letters)[:8]
