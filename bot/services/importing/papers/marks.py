"""The words that mark keys, explanations and kinds in a paper."""

from __future__ import annotations

import re
from typing import NamedTuple

from bot.services.importing.rows import Kind

_KEY_WORD = r"(?:参考|正确|标准|本题|试题)?\s*答\s*案"
_KEY = re.compile(
    rf"[【\[〖]\s*{_KEY_WORD}\s*[】\]〗]\s*[:：]?"
    rf"|(?:{_KEY_WORD})\s*(?:[为是]?\s*[:：]|\s(?=\s*[A-HＡ-Ｈ√×对错正]))"
    rf"|^(?:{_KEY_WORD})(?:为|是|选)?(?=\s*(?:[A-HＡ-Ｈ]+\s*(?:[。.，,；;]|$)|[√×✓✗]))"
    rf"|^{_KEY_WORD}$"
    r"|^(?:答|[Aa]nswers?|ANSWER|[Kk]ey)\s*[:：]"
)
_OTHERS_KEY = re.compile(r"(?:我|你|学生|考生|您)的?答案\s*[:：][^正标参]*")
_EXPLAINS = re.compile(
    r"[【\[〖]\s*(?:答案|试题|文段|名师|本题)?\s*(?:解析|详解|分析|解答|点评|点拨|拓展|考点|知识点|解题思路|解题技巧|出处|来源|难度|考查点|思路|说明|点睛)"
    r"\s*[】\]〗]\s*[:：]?"
    r"|^(?:答案|试题|题目|参考)?(?:解析|详解|点评|点拨|拓展|考点|知识点|解题思路|解题技巧|考查点|难易度|难度)\s*[:：]"
    r"|^(?:试题|答案|题目)?(?:解析|详解|拓展|点评)$"
)
_INLINE_EXPLAINS = re.compile(r"[\s。.；;，,](?:答案|试题)?(?:解析|详解)\s*[:：]")
REMARK = re.compile(
    r"(?:故|因此|综上|所以|本题|第[一二三四五六]步|解法[一二三]|[A-H](?:\s*[、和,，]\s*[A-H])*\s*(?:两|三)?(?:选)?项|排除)"
)
"""How lines of an explanation begin, in files that lost the word 解析."""
_CONCLUDES = re.compile(
    r"(?:因此|故|所以|综上|(?<!不)应|本题)[^。\n]{0,12}?(?:(?<![不非未])选择?|(?<![不非])答案[为是]?|正确的?是)\s*(?:答案\s*)?(?:[为是]\s*)?([A-H]{1,8})(?![A-Za-z])"
)
_LABEL = re.compile(
    r"[（(\[【〔]\s*(?P<label>单选|多选|单项选择|多项选择|不定项选择|不定项|判断|填空|简答|论述)题?(?P<rest>[^（()）\]】〕]{0,20})[)）\]】〕]\s*"
)
_SCORE = re.compile(r"[（(\[【]\s*(?:本题|每题|共)?\s*\d{1,3}(?:\.\d)?\s*分\s*[)）\]】]\s*")
_LETTERS = re.compile(
    r"\s*[（(]?\s*([A-HＡ-Ｈa-h](?:[\s,，、;；#|/.．和]*[A-HＡ-Ｈa-h])*)\s*[)）]?(?![A-Za-zＡ-Ｚａ-ｚ0-9])"
)
_TRUTH = re.compile(r"\s*[（(]?\s*(正确|错误|不正确|不对|对|错|√|✓|✔|×|✗|✘|[xX]|T(?:rue)?|F(?:alse)?|是|否)\s*[)）]?")
_TRUTHS = {
    **dict.fromkeys(["正确", "对", "√", "✓", "✔", "t", "true", "是"], "正确"),
    **dict.fromkeys(["错误", "不正确", "不对", "错", "×", "✗", "✘", "x", "f", "false", "否"], "错误"),
}
_AFTER_KEY = re.compile(r"\s*(?:$|[。.，,；;、:：【\[（(\n]|项|选项|解析|[\u4e00-\u9fff])")
_NEAR = 80
_LABELS: dict[str, Kind | None] = {
    **dict.fromkeys(["单选", "单项选择"], "single"),
    **dict.fromkeys(["多选", "多项选择"], "multiple"),
    **dict.fromkeys(["不定项选择", "不定项"], None),
    "判断": "judge",
    **dict.fromkeys(["填空", "简答", "论述"], "short"),
}


class Marked(NamedTuple):
    """A line cut at the mark it holds."""

    before: str
    after: str


def at_key(text: str) -> Marked | None:
    """What stands before and after the word 答案 that announces a key; somebody's own answer is none."""
    text = _OTHERS_KEY.sub("", text)
    for mark in _KEY.finditer(text):
        near = text[mark.end() : mark.end() + _NEAR].strip()
        # 一道题的答案：… inside a sentence announces nothing unless a key follows.
        if not mark.start() or mark[0][0] in "【[〖" or letters_of(near) or truth_of(near) or len(near) <= 40:
            return Marked(text[: mark.start()].rstrip(), text[mark.end() :].strip())
    return None


def somebodys_answer(text: str) -> bool:
    """Whether the line only tells what a learner answered."""
    found = _OTHERS_KEY.match(text)
    return found is not None and not text[found.end() :].strip()


def at_explanation(text: str) -> Marked | None:
    """What stands before and after a mark such as 【解析】 or 解析：."""
    found = _EXPLAINS.search(text) or _INLINE_EXPLAINS.search(text)
    return Marked(text[: found.start()].rstrip(), text[found.end() :].strip()) if found else None


def letters_of(text: str) -> str:
    """The key letters that *text* begins with, upper case, without what stands between them; or empty."""
    found = _LETTERS.match(text)
    if found is None or not _AFTER_KEY.match(text, found.end()):
        return ""
    letters = _ascii("".join(char for char in found[1] if char.isalpha() and char != "和"))
    return letters if letters.isupper() or len(text.strip()) == len(found[0].strip()) else ""


def truth_of(text: str) -> str:
    """``正确`` or ``错误`` where *text* begins with either, however written; else empty."""
    found = _TRUTH.match(text)
    if found is None or not _AFTER_KEY.match(text, found.end()):
        return ""
    following = text[found.end() :].lstrip()
    if following[:1] and "\u4e00" <= following[0] <= "\u9fff":
        return ""
    return _TRUTHS[found[1].lower()]


def concluded(explanation: str) -> str:
    """The letters an explanation ends on (``因此，选择 B 选项``), or empty."""
    found = _CONCLUDES.findall(explanation)
    return found[-1] if found else ""


def without_label(stem: str) -> tuple[str, Kind | None]:
    """*stem* without 【单选题】 or （多选题，2分）, and the kind they tell."""
    stem = _SCORE.sub("", stem, count=1)
    found = _LABEL.search(stem)
    if found is None or (found.start() > 0 and found.end() < len(stem)):
        return stem, None
    return (stem[: found.start()] + stem[found.end() :]).strip(), _LABELS[found["label"]]


def _ascii(letters: str) -> str:
    return "".join(chr(ord(char) - 0xFEE0) if ord(char) > 0xFF00 else char for char in letters).upper()
