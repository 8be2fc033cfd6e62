"""Which options, or which verdict, a reply names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from inference.prompts import LETTERS
from store.wording import option_form

_MARKUP = re.compile(r"[*`#「」『』“”\"]")
_LEAD = re.compile(
    r"\s*(?:(?:正确|最终|参考)?答案(?:应该|应当|应)?(?:是|为|选)?|本题|这道?题|我|应该|应当|应|正确选项(?:是|为)?|选项|选择?|答)*\s*[::]?\s*"
)
_LETTER = re.compile(r"[(\[【]?\s*([A-H]{1,8})(?![A-Za-z])(?:\s*[)\]】])?")
_DELIMITER = re.compile(r"\s*[.、::)\]】,]\s*|\s+")
_BETWEEN = re.compile(r"\s*(?:[;,、/+&]|和|与|及|以及)\s*|\s*\n\s*| +(?=[A-H](?![A-Za-z]))")
_LABEL = re.compile(r"[(\[【]?\s*[A-H]\s*[.、:)\]】]")
_LISTED = re.compile(r"[;、,]")
_REST = re.compile(r"[^;\n]*")
_STANDS = re.compile(r"\s*(?:$|[。,;!)\n、.:(]|(?:选?项|两项|三项|四项)?(?:是)?(?:正确|对的?)(?![不吗]))")
_DENIED_AFTER = re.compile(r"\s*(?:选?项|两项|都|均|是)*\s*(?:不|错|误|有误|并非)")
_CLAIM = re.compile(
    r"(?<![不没别勿误错若果当])(?:答案|正确选项|应该选|应当选|应选|故选|所以选|因此选|选择|选)(?:应该|应当|应)?(?:是|为|选)?\s*[::]?"
    r"\s*[(\[【]?\s*([A-H](?:[、,和与及\s]{0,2}[A-H](?![a-z]))*)(?![A-Za-z])"
)
_LONE = re.compile(r"(?<![A-Za-z])[A-H](?![A-Za-z])")
_DENIES_BEFORE = re.compile(r"(?:不|非|没|无|否|错|除|误|而不)[^,。;!?\n]{0,3}$")
_DENIES_AFTER = re.compile(r"\s*(?:[^,。;!?\n]{0,2}(?:不对|不是|不正确|错|误|除外|以外)|不)")
_VERDICT_LEAD = re.compile(
    r"(?:答案|判断|结论|本题|该?题目?|[这此该](?:[个句种]?(?:说法|话|表述|观点|判断|命题|题))?|说法|表述|应该|应|是|为|选|答|[\s::,])*"
)
_WRONG = re.compile(r"不正确|不对|不是|不成立|不准确|错|有误|误|否|×|✗|❌|[Ff](?:alse)?(?![a-z])")
_RIGHT = re.compile(r"对(?!错|吗|于|此)|正确(?!与否|吗|的是)|√|✓|✔|✅|是的|成立|[Tt](?:rue)?(?![a-z])|是(?=$|[,。!\n])")
_VERDICTS = re.compile(r"(?:答案|判断|结论|本题|说法|表述)(?:应该|应当|应)?(?:是|为|选)?\s*[::]?\s*")


def letters_of(reply: str, options: Sequence[str], *, several: bool) -> str | None:
    """The letters that a tidied *reply* chooses, in order; ``None`` when it names none or contradicts itself.

    What counts is the beginning (``B. 辛亥革命``, ``选 B``, ``A、C``), what is called the answer anywhere, and, when
    neither is there, the texts of options in the first line, or the only letter of all.
    """
    text = _MARKUP.sub("", reply).strip()
    first = text.split("\n", 1)[0].strip()
    if (whole := _equal_to(first, options)) is not None:
        return whole
    at = _LEAD.match(text)
    if at and (whole := _equal_to(first[at.end() :], options)) is not None:
        return whole
    leading, end = _leading(text, at.end() if at else 0, options, several=several)
    if leading is None and at and at.end():
        leading, end = _leading(text, 0, options, several=several)
    if leading == "":
        return None  # a letter with another option's text
    rest = _masked(text[end:], options)
    claims = {"".join(sorted(set(_LONE.findall(match[1])))) for match in _CLAIM.finditer(rest)}
    claims = {claim for claim in claims if all(LETTERS.index(letter) < len(options) for letter in claim)}
    if leading is not None:
        claims.add(leading)
    if claims:
        return claims.pop() if len(claims) == 1 else None
    if named := _named(first, options):
        return named
    lone = set(_LONE.findall(rest))
    return lone.pop() if len(lone) == 1 and not _LONE_DENIED.search(rest) else None


_LONE_DENIED = re.compile(r"(?:不选|排除|不是|非)\s*[A-H]|[A-H]\s*(?:选?项)?\s*(?:是)?(?:不|错|误)")


def verdict_of(reply: str) -> bool | None:
    """What a tidied *reply* says of a statement; ``None`` when it says nothing or both."""
    text = _MARKUP.sub("", reply).strip()
    lead = _VERDICT_LEAD.match(text)
    said: set[bool] = set()
    # 是 alone is a verdict, and 是错的 begins with the same word.
    for at in {0, lead.end() if lead else 0}:
        if (found := _verdict_at(text, at)) is not None:
            said.add(found)
    if lead and lead.end() and _verdict_at(text, lead.end()) is not None:
        said = {bool(_verdict_at(text, lead.end()))}
    for match in _VERDICTS.finditer(text):
        if (found := _verdict_at(text, match.end())) is not None:
            said.add(found)
    return said.pop() if len(said) == 1 else None


def _verdict_at(text: str, at: int) -> bool | None:
    if _WRONG.match(text, at):
        return False
    return True if _RIGHT.match(text, at) else None


def _leading(text: str, at: int, options: Sequence[str], *, several: bool) -> tuple[str | None, int]:
    """Letters from *at* on and where they end; ``""`` for a letter that has another option's text."""
    letters: list[str] = []
    end = at
    while match := _LETTER.match(text, at):
        run = match[1]
        if any(LETTERS.index(letter) >= len(options) for letter in run) or (len(run) > 1 and not several):
            if len(run) > 1 and not several and len(set(run)) > 1:
                return "", match.end()
            break
        after = _after(text, match.end(), run, options)
        if after is None:
            if _says_another(text, match.end(), run, options):
                return "", match.end()
            break
        letters += run
        end = after
        between = _BETWEEN.match(text, end)
        if between is None or ("\n" in between[0] and not several):
            break
        at = between.end()
        if "\n" in between[0] and not _has_own_text(text, at, options):
            break
    return ("".join(sorted(set(letters))) if letters else None), end


def _after(text: str, at: int, run: str, options: Sequence[str]) -> int | None:
    """Where what belongs to the letters *run* ends; ``None`` when they are no choice."""
    delimiter = _DELIMITER.match(text, at)
    begin = delimiter.end() if delimiter else at
    if len(run) == 1:
        own = _pattern(options[LETTERS.index(run)]).match(text, begin)
        if own:
            return own.end()
    if _DENIED_AFTER.match(text, at):
        return None
    if len(run) == 1 and _says_another(text, at, run, options):
        return None
    if _STANDS.match(text, at) or _BETWEEN.match(text, at):
        # A text that is not quite the option's: the letter counts, the text up to the next mark goes with it.
        if delimiter and delimiter[0].strip() in (".", ":", "、") and not _LETTER.match(text, begin):
            rest = _REST.match(text, begin)
            return rest.end() if rest else begin
        return at
    return at if delimiter else None


def _says_another(text: str, at: int, run: str, options: Sequence[str]) -> bool:
    """Whether the text behind a single letter is that of another option, and not of its own."""
    if len(run) != 1:
        return False
    delimiter = _DELIMITER.match(text, at)
    begin = delimiter.end() if delimiter else at
    rest = _REST.match(text, begin)
    said = option_form(rest[0]) if rest else ""
    if not said or _LETTER.fullmatch(rest[0].strip() if rest else ""):
        return False
    forms = [option_form(option) for option in options]
    own = forms[LETTERS.index(run)]
    return said != own and said in forms


def _has_own_text(text: str, at: int, options: Sequence[str]) -> bool:
    match = _LETTER.match(text, at)
    if match is None or len(match[1]) != 1 or LETTERS.index(match[1]) >= len(options):
        return False
    delimiter = _DELIMITER.match(text, match.end())
    return bool(delimiter and _pattern(options[LETTERS.index(match[1])]).match(text, delimiter.end()))


def _equal_to(first: str, options: Sequence[str]) -> str | None:
    """The letters of the options whose texts are the whole line, one or a list; letters are letters."""
    if _LABEL.match(first) or any(_LETTER.fullmatch(piece.strip()) for piece in _LISTED.split(first)):
        return None
    letters: dict[str, list[str]] = {}
    for at, option in enumerate(options):
        letters.setdefault(option_form(option), []).append(LETTERS[at])
    for pieces in ([first], _LISTED.split(first)):
        found = [letters.get(option_form(piece), []) for piece in pieces]
        if first and all(len(same) == 1 for same in found):
            return "".join(sorted({same[0] for same in found}))
    return None


def _named(line: str, options: Sequence[str]) -> str | None:
    """Letters of the options whose texts stand in *line* and are not denied."""
    letters: set[str] = set()
    taken: list[tuple[int, int]] = []
    for at in sorted(range(len(options)), key=lambda number: -len(options[number])):
        if len(options[at]) < 2:
            continue
        for match in _pattern(options[at]).finditer(line):
            begin, end = match.span()
            if any(begin < other_end and other_begin < end for other_begin, other_end in taken):
                continue
            taken.append((begin, end))
            if not (_DENIES_BEFORE.search(line[:begin]) or _DENIES_AFTER.match(line, end)):
                letters.add(LETTERS[at])
    return "".join(sorted(letters)) or None


def _masked(text: str, options: Sequence[str]) -> str:
    """*text* without the options' texts: letters in them choose nothing."""
    for option in sorted(options, key=len, reverse=True):
        if len(option) > 1:
            text = _pattern(option).sub("□", text)
    return text


@lru_cache(maxsize=20_000)
def _pattern(option: str) -> re.Pattern[str]:
    """Finds the option's text, however its blanks are; no number within a longer number."""
    words = _MARKUP.sub("", option).split()
    body = r"\s*".join(map(re.escape, words))
    if not body:
        return re.compile(r"(?!)")
    before = r"(?<![0-9A-Za-z])(?<![0-9]\.)" if words[0][0].isascii() and words[0][0].isalnum() else ""
    after = r"(?![0-9A-Za-z]|\.[0-9])" if words[-1][-1].isascii() and words[-1][-1].isalnum() else ""
    return re.compile(before + body + after, re.IGNORECASE)
