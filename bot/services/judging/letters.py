"""Letters that name options: ``ac``, ``A、C``, 我选 B, 第二个, 全选, 除了B."""

from __future__ import annotations

import re

from bot.services.judging.particles import LEAD, TAIL
from bot.services.judging.talk import no_answer
from bot.services.reading import LETTERS

_JOINT = r"(?:[\s,，、.。;；/+&和与跟及]|以及|还有)*"
_SEVERAL = re.compile(f"[a-h](?:{_JOINT}[a-h])*")
_BRACKETS = re.compile(r"^[\s(\[【「『\"“'<]+|[\s)\]】」』\"”'>]+$")
_ITEM = re.compile(r"(?:选?项|选|个?选项|个)$")
# 别选A names no answer, 总负债 选C does.
_LAST = re.compile(
    rf"(?:^|[\s,，。;；!！、])(?:我|就|还是|那就|应该|肯定|所以|故|因此)?选择?[:：\s]*(?P<picked>[a-h](?:{_JOINT}[a-h])*)(?:项)?$"
)
_ALTERNATIVES = re.compile("还是|或")
_REPEATED = re.compile(r"(?:选?([a-h])\s*){2,}")
_ORDINAL = re.compile(r"(?:选)?第([1-8一二三四五六七八])(?:个选项|选项|个答案|个|项|条)")
_LAST_ONE = re.compile(r"(?:选)?最后(?:一|1)?(?:个|项)(?:选项)?")
_ALL = re.compile(
    r"(?:[a-h\s、,，]*)(?:全部?都?选|都选|都要选|(?P<n>[两二三四五六七八2-8])[个项](?:选项)?(?:全部?)?都?选|以上(?:全部|全|都)?(?:是|对|正确)|以上(?:全|都)(?:是|对|选|正确))"
)
_COUNTS = {name: value for value in range(1, 9) for name in (str(value), "一二三四五六七八"[value - 1])} | {"两": 2}


def picked(tidied: str, count: int) -> str | None:
    """Letters, in order, that a tidy text chooses among *count* options; ``None`` when it is anything else."""
    bare = TAIL.sub("", LEAD.sub("", tidied)) if not _hedged(tidied) else ""
    found = _letters(bare) or _letters(_BRACKETS.sub("", bare)) or _repeated(tidied) or _last(tidied)
    return found if found and LETTERS.index(found[-1]) < count else None


def counted(tidied: str, options: int) -> str | None:
    """The letter of an option named by its place: 第二个, 最后一个. A bare number says too little."""
    bare = TAIL.sub("", LEAD.sub("", tidied))
    if _LAST_ONE.fullmatch(bare):
        return LETTERS[options - 1] if options else None
    match = _ORDINAL.fullmatch(bare)
    if match is None:
        return None
    place = _COUNTS[match[1]]
    return LETTERS[place - 1] if place <= options else None


def every(tidied: str, count: int) -> bool:
    """Whether a tidy text takes all of *count* options: 全选, 四个都选, ABCD全选."""
    match = _ALL.fullmatch(TAIL.sub("", LEAD.sub("", tidied))) or _ALL.fullmatch(TAIL.sub("", tidied))
    if match is None:
        return False
    return match["n"] is None or _COUNTS[match["n"]] == count


def _letters(bare: str) -> str | None:
    bare = _ITEM.sub("", bare)
    if not _SEVERAL.fullmatch(bare):
        return None
    found = re.findall("[a-h]", bare)
    # BBC is no answer, and AAA is an emphatic one.
    if len(set(found)) != len(found) and len(set(found)) > 1:
        return None
    return "".join(sorted(set(found))).upper()


def _repeated(tidied: str) -> str | None:
    if match := _REPEATED.fullmatch(TAIL.sub("", tidied)):
        letters = set(re.findall("[a-h]", match[0]))
        return letters.pop().upper() if len(letters) == 1 else None
    return None


def _last(tidied: str) -> str | None:
    if _hedged(tidied) or no_answer(tidied):
        return None
    match = _LAST.search(TAIL.sub("", tidied))
    return _letters(match["picked"]) if match else None


def _hedged(tidied: str) -> bool:
    return bool(_ALTERNATIVES.search(tidied.removeprefix("还是"))) and not re.match(r"^还是(?:觉得|选)", tidied)
