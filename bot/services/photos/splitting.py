"""Pieces to questions: where one ends and the next begins, and which are torn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from bot.services.photos.marks import ANSWER, LETTERS, names_kind, question_number
from bot.services.photos.pieces import Piece
from bot.services.photos.rows import glued
from bot.services.photos.text import PhotoQuestion

_HEADING = re.compile(
    r"^\s*(?:第?[一二三四五六七八九十]{1,3}(?:[、.．]|部分)|[(（][一二三四五六七八九十]{1,3}[)）])?\s*.{0,12}"
    r"(?:选择题|单选题|多选题|判断题|常识判断|常识部分)\s*[(（:：。,，]?.{0,60}$"
)
_NUMBERED_HEADING = re.compile(
    r"^\s*(?:第?[一二三四五六七八九十]{1,3}(?:[、.．]|部分)|[(（][一二三四五六七八九十]{1,3}[)）])"
)
_STATEMENTS_FOLLOW = re.compile(r"(?:[(（]\s*[)）]|[？?：:]|_{2,})[\s。.．]*$|(?:是|为|有)[。.]?$")
_NUMBER_AND_FIGURE = re.compile(r"\s*(\d{1,3})[.．](?=\d)")
_JUDGED = {"正确", "错误", "对", "错", "√", "×"}
_SENTENCE_END = "。！？!?；;"
_WORDS = re.compile(r"\w")


@dataclass(slots=True)
class _Draft:
    number: int | None = None
    stem: list[Piece] = field(default_factory=list[Piece])
    options: list[list[Piece]] = field(default_factory=list[list[Piece]])
    """Per option its pieces; the first has the letter."""
    closed: bool = False
    """An answer or an explanation has begun: what follows belongs to no question."""

    @property
    def letters(self) -> str:
        return "".join(option[0].letter for option in self.options)


def split(pieces: Sequence[Piece], *, right_edge: float, bottom: float) -> list[PhotoQuestion]:
    """The questions of a picture that is *bottom* pixels high and whose full lines end at *right_edge*."""
    drafts: list[_Draft] = []
    for piece in pieces:
        draft = drafts[-1] if drafts else None
        piece = _with_number_apart(piece, draft)
        number = None if piece.letter else question_number(piece.text)
        named = not piece.letter and names_kind(piece.text) and draft is not None and (draft.closed or draft.options)
        if draft is None or named or (number is not None and _begins(draft, number)):
            drafts.append(_Draft(number, [] if piece.letter else [piece], [[piece]] if piece.letter else []))
        elif draft.closed:
            continue
        elif piece.letter:
            if draft.options and LETTERS.index(piece.letter) <= LETTERS.index(draft.options[-1][0].letter):
                drafts.append(_Draft(options=[[piece]]))
            else:
                draft.options.append([piece])
        elif ANSWER.match(piece.text):
            draft.closed = True
        elif not draft.options:
            draft.stem.append(piece)
        elif (target := _continued(draft, piece, right_edge)) is not None:
            target.append(piece)
        else:
            drafts.append(_Draft(None, [piece]))
    _number_from_behind(drafts)
    return _judged(_without_preamble(drafts), right_edge, bottom)


def _with_number_apart(piece: Piece, draft: _Draft | None) -> Piece:
    """ "7.84消毒液" after question 6 is number 7 and not 7.84."""
    found = None if piece.letter else _NUMBER_AND_FIGURE.match(piece.text)
    if found is None or draft is None or draft.number is None or int(found[1]) != draft.number + 1:
        return piece
    return replace(piece, text=f"{found[1]}. {piece.text[found.end() :]}")


def _number_from_behind(drafts: Sequence[_Draft]) -> None:
    """The same for questions whose number only the following one tells, such as the first."""
    for draft, following in reversed(list(pairwise(drafts))):
        if draft.number is not None or not draft.stem or following.number is None:
            continue
        first = draft.stem[0]
        found = _NUMBER_AND_FIGURE.match(first.text)
        if found is not None and int(found[1]) + 1 == following.number:
            draft.number = int(found[1])
            draft.stem[0] = replace(first, text=f"{found[1]}. {first.text[found.end() :]}")


def _begins(draft: _Draft, number: int) -> bool:
    if draft.closed or len(draft.options) >= 2:
        return True
    if draft.number is not None:
        return number == draft.number + 1 or (bool(draft.options) and number > draft.number)
    # A stem that ends in its question may list statements 1., 2., 3. below.
    return bool(draft.options) or number != 1 or not _STATEMENTS_FOLLOW.search(_stem(draft))


def _continued(draft: _Draft, piece: Piece, right_edge: float) -> list[Piece] | None:
    """The option that *piece* goes on with: the one above it, when that fills its line or *piece* is indented."""
    last_row = max(option[-1].row for option in draft.options)
    if piece.row == last_row:
        return draft.options[-1]
    first_row = min(option[0].row for option in draft.options if option[-1].row >= last_row - 1)
    above = [option for option in draft.options if option[0].row >= first_row]
    height = piece.height
    fitting = [option for option in above if option[0].left <= piece.left + height]
    if not fitting:
        return None
    target = max(fitting, key=lambda option: (round(option[0].left / max(1.0, 2 * height)), option[0].row))
    if piece.top - target[-1].bottom > 1.5 * height:
        return None
    beside = [option[0].left for option in above if option[0].left > target[0].left + 2 * height]
    edge = min(beside, default=right_edge)
    fills = target[-1].right > edge - 3 * height and not target[-1].text.endswith(tuple(_SENTENCE_END))
    return target if fills or piece.left > target[0].left + 0.8 * height else None


def _without_preamble(drafts: Sequence[_Draft]) -> list[_Draft]:
    """Drafts without headings, and without text before or between questions that has no number and no options."""
    kept: list[_Draft] = []
    numbered = any(draft.number is not None for draft in drafts)
    optioned = any(draft.options for draft in drafts)
    for draft in drafts:
        while draft.stem and draft.number is None and _is_heading(draft, draft.stem[0]):
            del draft.stem[0]
        named = bool(draft.stem) and names_kind(draft.stem[0].text)
        stray = not draft.options and draft.number is None and not named and (numbered or optioned)
        if (draft.stem or draft.options) and not stray and _WORDS.search(_stem(draft) + draft.letters):
            kept.append(draft)
    return kept


def _is_heading(draft: _Draft, piece: Piece) -> bool:
    """A section's title; the only line before options is the stem whatever it looks like."""
    if len(draft.stem) == 1 and draft.options and not _NUMBERED_HEADING.match(piece.text):
        return False
    return _HEADING.match(piece.text) is not None and not piece.text.startswith("【")


def _judged(drafts: Sequence[_Draft], right_edge: float, bottom: float) -> list[PhotoQuestion]:
    most = max((len(draft.options) for draft in drafts), default=0)
    numbered = sum(draft.number is not None for draft in drafts)
    questions: list[PhotoQuestion] = []
    for at, draft in enumerate(drafts):
        whole = bool(draft.stem) and (not most or _whole_options(draft, draft is drafts[-1], most, bottom))
        # The first of numbered questions has lost the upper part of its stem when it has no number.
        if at == 0 and draft.number is None and numbered >= 1 and len(drafts) > 1:
            whole = False
        questions.append(PhotoQuestion(_text(draft, right_edge), whole))
    return questions


def _whole_options(draft: _Draft, last: bool, most: int, bottom: float) -> bool:
    letters = draft.letters
    if not letters:
        stem = _stem(draft).rstrip()
        return "判断题】" in stem or (not last and stem.endswith(("。", "√", "×")) and draft.number is not None)
    if letters != LETTERS[: len(letters)] or not all(option[0].text for option in draft.options):
        return False
    if {option[0].text.strip(" 。.") for option in draft.options} <= _JUDGED:
        return len(letters) == 2
    end = draft.options[-1][-1]
    cut = last and bottom - end.bottom < 2 * end.height
    return len(letters) >= 4 or (len(letters) == 3 and not cut and not (last and len(letters) < most))


def _stem(draft: _Draft) -> str:
    return "".join(piece.text for piece in draft.stem)


def _text(draft: _Draft, right_edge: float) -> str:
    lines = paragraphs(draft.stem, right_edge)
    for option in draft.options:
        text = ""
        for piece in option:
            text = f"{text}  {piece.text}" if piece.row == option[0].row and text else glued(text, piece.text)
        lines.append(f"{option[0].letter}. {text}".rstrip())
    return "\n".join(lines)


def paragraphs(pieces: Sequence[Piece], right_edge: float) -> list[str]:
    """Texts of *pieces*, those that only wrap at the right edge joined."""
    lines: list[str] = []
    before: Piece | None = None
    for piece in pieces:
        beside = before is not None and before.row == piece.row
        wraps = before is not None and before.right > right_edge - 3 * before.height and not piece.letter
        ended = before is not None and before.text.endswith(tuple(_SENTENCE_END))
        if beside:
            lines[-1] += f"    {piece.raw}"
        elif lines and wraps and not ended and question_number(piece.text) is None:
            lines[-1] = glued(lines[-1], piece.raw)
        else:
            lines.append(piece.raw)
        before = piece
    return lines
