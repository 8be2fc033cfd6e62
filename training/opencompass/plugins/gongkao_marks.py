"""How the referee reads a reply; with the standard library only.

The rules are written anew on purpose: a referee that borrowed our scorer's would
share its mistakes.
"""

# pyright: basic

import re
import unicodedata

_THOUGHT = re.compile(r"^.*</think>", re.DOTALL)
_LEAD = re.compile(r"^(?:正确|参考)?(?:答案|答|回答|选择?)(?:是|为|选)?[:：]?\s*")
_WRONG = r"不对|不正确|错误?|×|✗|❌|(?<![A-Za-z])(?:[Ff]alse|[Nn]o)(?![A-Za-z])"
_RIGHT = r"对|正确|√|✓|✔|(?<![A-Za-z])(?:[Tt]rue|[Yy]es)(?![A-Za-z])"
_VERDICT = re.compile(f"(?P<wrong>{_WRONG})|(?P<right>{_RIGHT})")
_SEVERAL = re.compile(r"^[A-H](?:\s*[,，、;；和与]?\s*[A-H])*(?![A-Za-z])")
_LETTERED = re.compile(r"(?<![A-Za-z])([A-H])(?=\s*[.．、:：)）])")
_NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def said(reply: str) -> str:
    """*reply* in half width, without a thought before it."""
    return unicodedata.normalize("NFKC", _THOUGHT.sub("", reply)).strip()


def first_line(reply: str) -> str:
    """Where the answer stands, without 答案是."""
    line = said(reply).split("\n", 1)[0].strip()
    return _LEAD.sub("", line)


def bare(text: str) -> str:
    """*text* in lower case and half width, letters and digits only."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def letters(reply: str) -> str:
    """The option letters of the first line, sorted: of ``A. 甲；C. 丙``, ``A、C`` and ``AC`` alike."""
    line = first_line(reply)
    found = set(_LETTERED.findall(line))
    if several := _SEVERAL.match(line):
        found |= set(re.findall(r"[A-H]", several[0]))
    return "".join(sorted(found))


def verdict(text: str) -> str:
    """对 or 错, whichever is said first; empty when neither is."""
    found = _VERDICT.search(text)
    if found is None:
        return ""
    return "错" if found["wrong"] else "对"


def numbers(text: str) -> list[float]:
    found = _NUMBER.findall(_THOUSANDS.sub("", said(text)))
    return [float(one.replace("−", "-")) for one in found]


def short(reply: str, accepted: list[str]) -> tuple[bool, bool]:
    """Whether the first line is one of *accepted*, and whether one of them is anywhere in *reply*."""
    wanted = [form for form in map(bare, accepted) if form]
    line, whole = bare(first_line(reply)), bare(said(reply))
    return line in wanted, any(form in whole for form in wanted)


def choice(reply: str, picked: str, gold: str, options: list[str]) -> tuple[bool, bool]:
    """Whether *picked* is *gold*, and whether *reply* has the texts of all right options and of no other."""
    whole = bare(said(reply))
    named = "".join("ABCDEFGH"[at] for at, text in enumerate(options) if bare(text) and bare(text) in whole)
    return picked == gold, picked == gold or named == gold


def judge(reply: str, gold: str) -> tuple[bool, bool]:
    """Whether the first line begins with the verdict *gold*, and whether the first verdict anywhere is it."""
    line = first_line(reply)
    opening = _VERDICT.match(line)
    exact = opening is not None and verdict(line) == gold
    return exact, exact or verdict(said(reply)) == gold


def number(reply: str, gold: str) -> tuple[bool, bool]:
    """Whether *reply* has no other number than *gold*, and whether its last one is it."""
    found = numbers(reply)
    last = bool(found) and abs(found[-1] - float(gold)) < 1e-9
    return last and len(set(found)) == 1, last
