"""Rules on the texts and dates of one question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from bot.services.lint.options import Case, Forms
from store.bank_reading import Entry

SOON = timedelta(days=30)

_SHORTEST = {"judge": 5, "short": 4, "single": 4, "multiple": 4}
"""Characters of a stem that can still ask something."""
# What is left when UTF-8 was read as GBK or Latin-1, or memory that nobody filled.
_GARBLED = re.compile(
    "\ufffd|[\ue000-\uf8ff\x80-\x9f\U000f0000-\U0010ffff]|ï¼[\x80-\xbf]|â€[\x80-\xbfœ™¦]|Ã[\x80-\xbf]|ä¸[\x80-\xbf]"
)
_FALSE_HANZI = re.compile("锟斤|烫烫烫|屯屯屯")
_HANZI = re.compile("[\u4e00-\u9fff]")
_LEAST_TRADITIONAL = 2
"""Different characters; a single one is a rare character of a name more often."""


def text_cases(entry: Entry, forms: Forms, today: date) -> Iterator[Case]:
    """What is wrong with how the question reads, with its date and its state."""
    whole = "\n".join((entry.stem, entry.material, *entry.options, entry.answer, entry.explanation))
    yield from _characters(whole)
    if entry.status == "disputed":
        yield "disputed", ""
    if entry.status == "unanswered" or not entry.answer:
        yield "unanswered", ""
    elif not entry.explanation.strip():
        yield "explanation-missing", ""
    if not entry.material and len(forms.stem) < _SHORTEST.get(entry.kind, 4):
        yield "stem-short", entry.stem[:20]
    if entry.valid_until is not None:
        yield from _date(entry.valid_until, today)


def _date(until: date, today: date) -> Iterator[Case]:
    if until < today:
        yield "expired", f"{until.isoformat()} 到期"
    elif until <= today + SOON:
        yield "expiring", f"{until.isoformat()} 到期"


def _characters(text: str) -> Iterator[Case]:
    if match := _FALSE_HANZI.search(text):
        yield "garbled", match[0]
    try:
        # Every text in plain simplified Chinese ends here: the rest would take 20 times as long.
        text.encode("gb2312")
    except UnicodeEncodeError:
        pass
    else:
        return
    if not match and (match := _GARBLED.search(text)):
        around = text[max(match.start() - 6, 0) : match.end() + 6]
        yield "garbled", f"{' '.join(around.split())}（{match[0][0]!a}）"
    odd = sorted({character for character in _HANZI.findall(text) if _is_traditional(character)})
    if len(odd) >= _LEAST_TRADITIONAL:
        yield "traditional", "".join(odd[:10])


def _is_traditional(character: str) -> bool:
    """Whether Big5, the traditional character set, has it and GB 2312, the simplified one, lacks it."""
    return not _in(character, "gb2312") and _in(character, "big5")


def _in(character: str, charset: str) -> bool:
    try:
        character.encode(charset)
    except UnicodeEncodeError:
        return False
    return True
