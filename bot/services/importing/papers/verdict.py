"""Whether a question of a paper is whole, and the row it becomes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.services.importing.keys import LETTERS, BadKey, choice_key, marked_right
from bot.services.importing.pairs import MAX_STEM
from bot.services.importing.papers import marks, options
from bot.services.importing.papers.blanks import emptied, several, without_verdict
from bot.services.importing.papers.draft import Draft
from bot.services.importing.papers.essays import parts_of, worded
from bot.services.importing.papers.lines import flowed
from bot.services.importing.papers.whole import why_not_whole
from bot.services.importing.rows import Kind, Rejected, Row
from bot.services.importing.texts import storable
from paper.excerpts import excerpt
from store.wording import normal_form, option_form

_CIRCLED_KEY = re.compile(r"\s*[①-⑧](?:[\s,，、]*[①-⑧])*[\s。.]*")
MAX_EXPLANATION = 2000
MAX_MATERIAL = 4000
MAX_OPTION = 1000
_STOPS = "。！？!?；;\n"


class _Bad(Exception):
    """Why the question is no row, in Chinese."""


def items_of(draft: Draft) -> Iterator[Row | Rejected]:
    """The row *draft* becomes, or why it is none; one for each part of a question in parts."""
    parts = parts_of(draft)
    if parts:
        for part in parts:
            yield _judged(part)
    else:
        yield _judged(draft)


def stem_of(draft: Draft) -> str:
    """The stem as one text, its blank not yet emptied."""
    return flowed(line.text for line in draft.stem)


def _judged(draft: Draft) -> Row | Rejected:
    stem = stem_of(draft)
    shown = excerpt(stem[:400] or " ".join(draft.options)[:400] or "（空）")
    try:
        row = _row(draft, stem)
    except (_Bad, BadKey) as error:
        return Rejected(draft.line, str(error), shown if storable(shown) else "")
    texts = (row.stem, *row.options, row.answer, row.material, row.explanation)
    return row if storable(*texts) else Rejected(draft.line, "有不能保存的字符", "")


def _row(draft: Draft, whole: str) -> Row:
    stem, label = marks.without_label(whole)
    stem, blank = emptied(stem)
    if not blank and draft.section.kind == "judge":
        stem, blank = without_verdict(stem)
    given = options.read(draft.options)
    draft, given = _with_marks(draft, given)
    texts = tuple(text for _, text in given)
    material = flowed(draft.passage.lines) if draft.passage else ""
    _check_stem(draft, stem, material, texts)
    kind = label or _section_kind(draft)
    if texts and _says_true_or_false(texts):
        letters = "".join(marks.truth_of(text)[0] for text in texts)
        answer = _truth(_key(draft, blank), letters)
        row = Row(draft.line, "judge", stem, (), answer)
    elif texts:
        _check_options(draft, given)
        row = _choice(draft, stem, texts, kind, blank)
    else:
        row = _without_options(draft, stem, kind, blank)
    if reason := why_not_whole(row, material, section=draft.section.area):
        raise _Bad(reason)
    return replace(row, explanation=_cut("\n".join(draft.explanation)), category=draft.section.area, material=material)


def _check_stem(draft: Draft, stem: str, material: str, texts: tuple[str, ...]) -> None:
    if draft.option_picture or (draft.stem_picture and not texts):
        raise _Bad("选项是图片，文字里看不出来")
    if draft.stem_picture:
        raise _Bad("题干离不开图片")
    if not stem or not normal_form(stem):
        raise _Bad("没有题干")
    if len(stem) > MAX_STEM:
        raise _Bad(f"题干超过 {MAX_STEM} 字")
    if draft.passage is not None and draft.passage.has_picture:
        raise _Bad("材料里有图片，文字里看不出来")
    if len(material) > MAX_MATERIAL:
        raise _Bad(f"材料超过 {MAX_MATERIAL} 字")


def _with_marks(draft: Draft, given: list[options.Option]) -> tuple[Draft, list[options.Option]]:
    """The options without ``(正确答案)`` behind some, and *draft* with those as its key."""
    texts, right = marked_right([text for _, text in given])
    if not right or not options.is_whole(given):
        return draft, given
    written = "".join(sorted(set(marks.letters_of(flowed(draft.key)))))
    if draft.key and written != right:
        raise _Bad("选项里标的正确答案和后面写的答案对不上")
    bare = [(letter, text) for (letter, _), text in zip(given, texts, strict=True)]
    return replace(draft, key=[right], keyed=True), bare


def _check_options(draft: Draft, given: list[options.Option]) -> None:
    if empty := "、".join(letter for letter, text in given if not text):
        raise _Bad(f"选项 {empty} 是空的")
    if len(given) == 1:
        raise _Bad("只有一个选项")
    if not options.is_whole(given):
        letters = {letter for letter, _ in given}
        missing = "、".join(letter for letter in LETTERS[: LETTERS.index(max(letters))] if letter not in letters)
        raise _Bad(f"缺了选项 {missing}" if missing else "选项的字母有重复")
    if options.glued(given):
        raise _Bad("选项连在一起，分不清")
    if any(len(text) > MAX_OPTION for _, text in given):
        raise _Bad(f"选项超过 {MAX_OPTION} 字")
    if len({option_form(text) for _, text in given}) < len(given):
        raise _Bad("有两个选项相同")


def _choice(draft: Draft, stem: str, texts: tuple[str, ...], kind: Kind | None, blank: str) -> Row:
    key = _key(draft, blank)
    letters = marks.letters_of(key)
    if not key and several(stem):
        raise _Bad("题干里几个括号填的答案不一样，分不清")
    if key and not letters:
        same = [LETTERS[at] for at, text in enumerate(texts) if option_form(text) == option_form(key.rstrip("。"))]
        if len(same) != 1:
            raise _Bad("答案不是选项字母，也不是选项的文字")
        letters = same[0]
    if kind not in {"single", "multiple"}:
        kind = "multiple" if len(set(letters)) > 1 else "single"
    return Row(draft.line, kind, stem, texts, choice_key(kind, letters, texts) if letters else "")


def _without_options(draft: Draft, stem: str, kind: Kind | None, blank: str) -> Row:
    key = _key(draft, blank)
    if _CIRCLED_KEY.fullmatch(key) and key.strip()[0] in stem:
        raise _Bad("选项标着 ①②③④，请改成 A、B、C、D")
    if draft.section.kind == "essay" or kind == "short" or (kind is None and key and not marks.letters_of(key)):
        if kind is None and draft.section.kind != "essay" and (truth := marks.truth_of(key)):
            return Row(draft.line, "judge", stem, (), truth)
        answer = worded(stem, "\n".join(draft.key), fill=draft.section.kind == "fill" or kind == "short")
        if answer is None:
            raise _Bad("问答题没有唯一答案，未导入")
        return Row(draft.line, "short", stem, (), answer)
    if kind == "judge":
        return Row(draft.line, "judge", stem, (), _truth(key, "正错"))
    if key:
        raise _Bad("没有选项，只有答案字母")
    raise _Bad("没有选项，也没有答案" if kind is None else "没有选项")


def _key(draft: Draft, blank: str) -> str:
    """The key as written; from the explanation's last sentence where nothing else gives one."""
    written = " ".join(draft.key).strip()
    if written and blank:
        first, second = _meaning(written), _meaning(blank)
        if first != second and first and second:
            raise _Bad("题干里填的答案和后面写的答案不一样")
    return written or blank or marks.concluded("\n".join(draft.explanation))


def _meaning(key: str) -> str:
    return "".join(sorted(set(marks.letters_of(key)))) or marks.truth_of(key)


def _truth(key: str, letters: str) -> str:
    """正确 or 错误 for a key in words, signs or the letter of either; empty without a key.

    *letters* tells what A and B stand for, as 正错 or 错正.
    """
    if not key:
        return ""
    if truth := marks.truth_of(key):
        return truth
    letter = marks.letters_of(key)
    if letter and len(letter) == 1 and LETTERS.index(letter) < len(letters):
        return "正确" if letters[LETTERS.index(letter)] == "正" else "错误"
    raise BadKey("判断题的答案不是正确或错误")


def _says_true_or_false(texts: tuple[str, ...]) -> bool:
    return len(texts) == 2 and {marks.truth_of(text) for text in texts} == {"正确", "错误"}


def _section_kind(draft: Draft) -> Kind | None:
    kind = draft.section.kind
    if kind == "single" or kind == "multiple" or kind == "judge":
        return kind
    return "short" if kind == "fill" else None


def _cut(explanation: str) -> str:
    """*explanation* up to the last sentence that ends within the limit."""
    if len(explanation) <= MAX_EXPLANATION:
        return explanation.strip()
    head = explanation[:MAX_EXPLANATION]
    end = max(head.rfind(stop) for stop in _STOPS) + 1
    return (head[:end] if end > MAX_EXPLANATION // 2 else head).strip()
