"""Reading a pasted message as a question: stem, options, and the noise around them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from inference.prompts import HALF_WIDTH
from store.wording import normal_form

LETTERS = "ABCDEFGH"

# An option letter with its mark: "A.", "A、", "(A)", "A:"; stands anywhere but inside a word.
_STRONG = r"(?<![A-Za-z0-9])[(\[【]?\s*(?P<s>[A-Ha-h])\s*(?:[.．、,:;)\]】]|\s*\.)"
# A bare letter: only at the start of a line or after a gap, before a space or a Chinese character.
_WEAK = r"(?:(?<=^)|(?<=[\s)_]))(?P<w>[A-H])(?:[ \t]+|(?=[\u4e00-\u9fff《\"“]))"
_MARK = re.compile(f"{_STRONG}|{_WEAK}", re.MULTILINE)

_LEAD = re.compile(
    r"^\s*(?:(?:@\S{1,30}|请问|问一下|问下|求助|求解|求答案|帮我看看|帮忙看看|帮我看下|看看|大佬们?|老师|各位)[一下这道个题]*[\s,，:：。!！~]*)+"
)
_NUMBER = re.compile(
    r"^\s*(?:第?\s*[0-9一二三四五六七八九十百]{1,4}\s*[题.、:)）](?!\d)\s*|\d{1,3}\s*、\s*|[(（]\s*\d{1,4}\s*[)）]\s*)"
)
_TYPE = re.compile(r"^\s*[\[【(（]?\s*(?:单选|多选|判断|不定项|单项选择|多项选择|不定项选择)题?\s*[\]】)）:：、.]+\s*")
_TAIL = re.compile(
    r"[\s,，。.?？!！~]*(?:(?:这[道个]?题)?(?:答案)?(?:是|应该|该|怎么)?(?:选啥|选什么|选哪个|选哪一个|怎么选|怎么做)|求答案|答案呢|谢谢大?家?|在线等)[呢啊呀吗吧]*[\s?？!！。~]*$"
)
_JUDGE_TAIL = re.compile(
    r"[\s,，。.?？!！]*[(（]?(?:这[句个]?[话说法]*)?(?:对吗|对不对|对还是错|是对的?还是错的?|正确吗|是否正确|正确还是错误|是对是错|判断对错)[)）]?[\s?？!！。]*$"
)
_KEY_LINE = re.compile(r"[\s\n]*[\[【]?(?:参考|正确|我的)?(?:答案|解析)[\]】]?\s*[:：是为].*$", re.DOTALL)
_FILLED_BLANK = re.compile(r"[(（]\s*[A-Ha-h]{1,6}\s*[)）]")
_TRUE = {"正确", "对", "√", "是", "t", "true", "✓", "✔"}
_FALSE = {"错误", "错", "×", "否", "f", "false", "x", "✗", "✘", "不对", "不正确"}


@dataclass(frozen=True, slots=True)
class Reading:
    stems: tuple[str, ...]
    """The stem as typed, then with noise taken off, most likely first; no two with one normal form."""
    options: tuple[str, ...]
    """Option texts in the asker's order, without letters; empty when none were given."""
    asks_judgement: bool
    """The asker wants right or wrong said of a statement."""

    @property
    def has_words(self) -> bool:
        """Something is left that could be a question."""
        return bool(self.stems or self.options)


def read(text: str) -> Reading:
    """Split *text* into stem and options, whatever way the options are laid out.

    Options may stand on lines of their own, several to a line, or glued to the
    stem; letters may be full width, in brackets or bare. Letters must run
    A, B, C … and there must be at least two of them (three when bare).
    """
    # Not NFKC: that makes 10² a 102.
    body, options = _split_options(text.translate(HALF_WIDTH).replace("\r", "\n"))
    stems: dict[str, str] = {}
    for variant in _variants(body):
        form = normal_form(variant)
        if form:
            stems.setdefault(form, variant.strip())
    return Reading(tuple(stems.values()), options, bool(_JUDGE_TAIL.search(body)) or bool(_judge_options(options)))


def truth_letter(options: tuple[str, ...], *, true: bool) -> str | None:
    """Letter of the option that says right (or wrong), when the options are just these two."""
    truths = _judge_options(options)
    return next((LETTERS[i] for i, value in enumerate(truths) if value is true), None)


def _judge_options(options: tuple[str, ...]) -> list[bool]:
    values = [
        True if o.strip(" 。.").casefold() in _TRUE else False if o.strip(" 。.").casefold() in _FALSE else None
        for o in options
    ]
    return [v for v in values if v is not None] if sorted(map(str, values)) == ["False", "True"] else []


def _split_options(text: str) -> tuple[str, tuple[str, ...]]:
    marks = list(_MARK.finditer(text))
    best: list[re.Match[str]] = []
    for start, mark in enumerate(marks):
        if _letter(mark) == "A":
            best = max(best, _run(marks[start:]), key=_plausibility)
    bare = any(mark["w"] for mark in best)
    if len(best) < (3 if bare else 2):
        return text, ()
    ends = [mark.start() for mark in best[1:]] + [len(text)]
    options = [text[mark.end() : end] for mark, end in zip(best, ends, strict=True)]
    options[-1] = _TAIL.sub("", _KEY_LINE.sub("", options[-1]).split("\n\n")[0])
    cleaned = tuple(re.sub(r"\s*\n\s*", "", option).strip(" \t\n;；,，。") for option in options)
    if not all(cleaned):
        return text, ()
    return text[: best[0].start()], cleaned


def _run(marks: list[re.Match[str]]) -> list[re.Match[str]]:
    run: list[re.Match[str]] = []
    for mark in marks:
        if len(run) < len(LETTERS) and _letter(mark) == LETTERS[len(run)]:
            run.append(mark)
    return run


def _plausibility(run: list[re.Match[str]]) -> tuple[int, int]:
    """More letters first; then one mark used throughout ("A." … "D."), since a stem may name "A、B两点"."""
    return len(run), -len({mark[0].strip(" \t\nABCDEFGHabcdefgh") for mark in run})


def _letter(mark: re.Match[str]) -> str:
    return (mark["s"] or mark["w"]).upper()


def _variants(body: str) -> list[str]:
    """The text as typed, then less and less of its wrapping."""
    variants = [body]
    for noise in (_KEY_LINE, _LEAD, _TYPE, _NUMBER, _TYPE, _FILLED_BLANK, _TAIL, _JUDGE_TAIL):
        shorter = noise.sub("", variants[-1], count=0 if noise is _FILLED_BLANK else 1)
        if shorter != variants[-1]:
            variants.append(shorter)
    return variants
