"""One question as a JSON object: our own bank item, common field names, or a chat to train a model on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

from bot.services.importing.bank_item import KEYS, bank_item
from bot.services.importing.keys import RIGHT
from bot.services.importing.rows import Layout, Rejected, Row
from bot.services.importing.tables import Draft, Questions, Role, counted_from, option_position, role_of
from bot.services.importing.texts import storable
from paper.excerpts import excerpt

_SHOWN = 400
_LABELS = ("label", "key", "name", "option", "letter", "id", "mark", "prefix", "标号", "序号", "选项")
_TEXTS = ("text", "content", "value", "title", "desc", "description", "内容", "文字", "option", "name")
_FLAGS = ("iscorrect", "correct", "isanswer", "isright", "right", "正确", "是否正确")
_CHATS = ("messages", "conversations")
_ROLE_NAMES: dict[Role | None, str] = {
    "stem": "题干",
    "option": "选项",
    "options": "选项",
    "answer": "答案",
    "kind": "题型",
    "explanation": "解析",
    "category": "分类",
    "difficulty": "难度",
    "material": "材料",
}
_ASKS, _ANSWERS = {"user", "human", "用户"}, {"assistant", "gpt", "助手"}


def reader_of(items: Sequence[Any]) -> Questions:
    """What turns the objects of one file into rows; *items* are those that show how it gives its answers."""
    asked = [(draft.answer, draft.options) for item in items if (draft := _draft(0, item)) is not None]
    return Questions(
        pairs=False,
        judging=False,
        numbered=False,
        through_excel=False,
        counted_from=counted_from(asked, unless_told=None),
    )


def is_ours(item: Any) -> bool:
    """Whether *item* is written as our own bank items are."""
    return (
        isinstance(item, dict) and "stem" in item and "kind" in item and set(cast("dict[str, Any]", item)) <= set(KEYS)
    )


def is_question(item: Any) -> bool:
    """Whether *item* is an object with a stem, or a chat in which something is asked and answered."""
    return is_ours(item) or stem_key(item) is not None or _turns(item) is not None


def stem_key(item: Any) -> str | None:
    """The key of the stem in *item*, the longest text where several could be it."""
    if not isinstance(item, dict):
        return None
    fields = cast("dict[str, Any]", item)
    keys = [key for key, value in fields.items() if isinstance(value, str) and role_of(key) == "stem"]
    return max(keys, key=lambda key: len(fields[key]), default=None)


def layout_of(items: Sequence[Any]) -> Layout:
    """Which fields of *items* are taken for what."""
    first = next(item for item in items if is_question(item))
    if is_ours(first):
        return Layout("JSON 列表，每一项是一道本项目格式的题", guessed=False)
    if stem_key(first) is None:
        return Layout("JSON 对话：题目取提问，答案取回答", guessed=False)
    keys: dict[str, list[str]] = {}
    for key in cast("dict[str, Any]", first):
        role = role_of(key)
        if role in _ROLE_NAMES and (role != "stem" or key == stem_key(first)):
            keys.setdefault(_ROLE_NAMES[role], []).append(excerpt(key))
    return Layout(
        "JSON 列表：" + "，".join(f"{name}取 {'、'.join(found)}" for name, found in keys.items()), guessed=False
    )


def question(number: int, item: Any, questions: Questions) -> Row | Rejected:
    """The row that *item* means, or why it is none."""
    line = excerpt(json.dumps(item, ensure_ascii=False)[:_SHOWN])
    shown = line if storable(line) else ""
    if not isinstance(item, dict):
        return Rejected(number, "这一项不是 JSON 对象", shown)
    fields = cast("dict[str, Any]", item)
    if is_ours(fields):
        return bank_item(number, fields, shown)
    draft = _draft(number, fields, line)
    if draft is None:
        several = any(isinstance(fields.get(key), list) for key in _CHATS)
        return Rejected(number, "多轮对话，分不清各是什么题" if several else "没有题干", shown)
    return questions.row(draft)


def _turns(item: Any) -> tuple[str, str] | None:
    """What is asked and answered in a chat of one turn; ``None`` for anything else."""
    if not isinstance(item, dict):
        return None
    fields = cast("dict[str, Any]", item)
    for key in _CHATS:
        if not isinstance(turns := fields.get(key), list):
            continue
        said: list[tuple[str, str]] = []
        for turn in cast("list[Any]", turns):
            spoken = cast("dict[str, Any]", turn) if isinstance(turn, dict) else {}
            text = spoken.get("content", spoken.get("value"))
            said.append((str(spoken.get("role", spoken.get("from", ""))), text if isinstance(text, str) else ""))
        if said and said[0][0] == "system":
            said = said[1:]
        if len(said) == 2 and said[0][0] in _ASKS and said[1][0] in _ANSWERS and all(text for _, text in said):
            return said[0][1], said[1][1]
    return None


def _draft(number: int, item: Any, line: str = "") -> Draft | None:
    """The texts of *item*; ``None`` when it has no stem or is one of our own."""
    if not isinstance(item, dict) or is_ours(item):
        return None
    if (turns := _turns(item)) is not None:
        return Draft(number, turns[0], answer=turns[1], line=lambda: line)
    fields = cast("dict[str, Any]", item)
    stem = stem_key(fields)
    if stem is None:
        return None
    texts: dict[str, str] = {}
    cells: dict[int, str] = {}
    joined, options, listed = "", (), None
    for key, value in fields.items():
        role = role_of(key)
        if role == "option" and (at := option_position(key)) is not None:
            cells.setdefault(at, _text(value))
        elif role == "options":
            if isinstance(value, str):
                joined = value
            else:
                options, listed = _options(value), value
        elif role == "answer":
            texts.setdefault(role, _answer(value))
        elif role is not None:
            texts.setdefault(role, _text(value))
    if not texts.get("answer"):
        options = _with_flags(options, listed)
    if cells and not options:
        options = tuple(cells.get(at, "") for at in range(max(cells) + 1))
    return Draft(
        number,
        fields[stem],
        options=options,
        joined=joined,
        answer=texts.get("answer", ""),
        kind=texts.get("kind", ""),
        explanation=texts.get("explanation", ""),
        category=texts.get("category", ""),
        difficulty=texts.get("difficulty", ""),
        material=texts.get("material", ""),
        line=lambda: line,
    )


def _text(value: Any) -> str:
    """A plain value as text; empty for null and for what holds more than one."""
    if isinstance(value, bool):
        return "正确" if value else "错误"
    return str(value) if isinstance(value, str | int | float) else ""


def _answer(value: Any) -> str:
    if isinstance(value, list):
        return "|".join(_text(part) for part in cast("list[Any]", value))
    return _text(value)


def _options(value: Any) -> tuple[str, ...]:
    """Options of ``["…"]``, ``{"A": "…"}`` or ``[{"label": "A", "text": "…"}]``, with their letters where given."""
    if isinstance(value, dict):
        by_letter = {option_position(key): _text(part) for key, part in cast("dict[str, Any]", value).items()}
        places = [at for at in by_letter if at is not None]
        if not places or None in by_letter:
            return ()
        return tuple(by_letter.get(at, "") for at in range(max(places) + 1))
    if not isinstance(value, list):
        return ()
    return tuple(
        _labelled(cast("dict[str, Any]", part)) if isinstance(part, dict) else _text(part)
        for part in cast("list[Any]", value)
    )


def _with_flags(options: tuple[str, ...], listed: Any) -> tuple[str, ...]:
    """*options* with those marked that ``[{"text": "…", "isCorrect": true}]`` says are right.

    The mark stays with its option, whatever order their letters put them in.
    """
    if not isinstance(listed, list):
        return options
    parts = cast("list[Any]", listed)
    return tuple(option + RIGHT if _is_right(part) else option for option, part in zip(options, parts, strict=True))


def _is_right(option: Any) -> bool:
    if not isinstance(option, dict):
        return False
    folded = {key.casefold().replace("_", ""): said for key, said in cast("dict[str, Any]", option).items()}
    return any(folded.get(flag) in (True, "1", "true", "True") for flag in _FLAGS)


def _labelled(option: dict[str, Any]) -> str:
    folded = {key.casefold(): value for key, value in option.items()}
    if len(folded) == 1:
        key, value = next(iter(option.items()))
        return f"{key}.{_text(value)}" if len(key) == 1 and option_position(key) is not None else _text(value)
    label = next((_text(folded[key]) for key in _LABELS if key in folded), "")
    text = next((text for key in _TEXTS if key in folded and (text := _text(folded[key])) != label), "")
    return f"{label}.{text}" if len(label) == 1 and label.isalpha() else text
