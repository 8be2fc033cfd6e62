"""What the lines of a question are: its stem, its options, its key, its explanation."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.services.importing.papers import marks, options
from bot.services.importing.papers.draft import Draft
from bot.services.importing.papers.facts import ASKS, Fact
from bot.services.importing.papers.lines import Line
from bot.services.importing.papers.state import Reading

_SHOWS_FIGURE = re.compile(r"图")
_LONG_LINE = 34
"""Characters from which on a line may have been broken by the width of the page."""
_MAX_LINES = 60
"""Lines that the options of one question may take."""


def content(paper: Reading, fact: Fact, text: str) -> None:
    """Puts *text*, the line of *fact* without its number, to the question being read, or beside all questions."""
    line = Line(fact.line.number, text, fact.line.has_picture)
    if marks.somebodys_answer(text):
        paper.out.asides.append(line)
        return
    explains = marks.at_explanation(text) if paper.draft is not None else None
    if explains is not None and (paper.stage != "stem" or explains.before or text[0] in "【["):
        line = Line(line.number, explains.before, line.has_picture)
    else:
        explains = None
    key = marks.at_key(line.text) if line.text else None
    if key is not None and _takes_key(paper):
        if key.before or (paper.stage == "stem" and line.has_picture):
            _text(paper, fact, Line(line.number, key.before, line.has_picture))
        _claim_loose(paper)
        _give_key(paper, line, key.after)
    elif line.text or (line.has_picture and explains is None):
        _text(paper, fact, line)
    if explains is not None and paper.draft is not None:
        paper.stage = "explanation"
        if explains.after:
            paper.draft.explanation.append(explains.after)


def _takes_key(paper: Reading) -> bool:
    if paper.draft is None:
        return bool(paper.loose)
    return paper.stage != "explanation" or not paper.draft.keyed


def _claim_loose(paper: Reading) -> None:
    """Makes the line above a key the stem of a question without a number, where no other question waits."""
    if paper.loose and (paper.draft is None or paper.draft.keyed) and not options.begins(paper.loose[-1].text):
        stem = paper.loose.pop()
        paper.settle_loose()
        paper.begin(stem, None).stem.append(stem)


def _give_key(paper: Reading, line: Line, key: str) -> None:
    if paper.draft is None or (paper.draft.keyed and paper.draft.key):
        paper.out.asides.append(line)
        return
    paper.draft.keyed = True
    if key:
        paper.draft.key.append(key)
    paper.stage = "key"


def _text(paper: Reading, fact: Fact, line: Line) -> None:
    if _takes_options(paper, fact, line):
        return
    draft = paper.draft
    if draft is None:
        if (passage := paper.in_passage()) is not None:
            passage.has_picture |= line.has_picture
            passage.lines.append(line.text)
        elif line.text:
            paper.loose.append(line)
    elif paper.stage == "stem":
        draft.stem_picture |= line.has_picture
        if line.text:
            draft.stem.append(line)
    elif paper.stage == "options":
        _after_option(paper, fact, line, draft)
    elif paper.stage == "key" and (not draft.key or _is_parts(draft, line.text)):
        draft.key.append(line.text)
    elif paper.stage == "key" and draft.number is None:
        paper.loose.append(line)
    else:
        paper.stage = "explanation"
        draft.explanation.append(line.text)


def _after_option(paper: Reading, fact: Fact, line: Line, draft: Draft) -> None:
    if line.has_picture and (fact.later_letters or not line.text):
        draft.option_picture |= bool(fact.later_letters)
        draft.stem_picture |= any(_SHOWS_FIGURE.search(part.text) for part in draft.stem)
    if not line.text:
        return
    seen = "".join(options.letters(part) for part in draft.options)
    expected = bool(fact.later_letters) and fact.later_letters[0] > max(seen, default="A")
    room = not paper.loose and len(draft.options) < _MAX_LINES
    last = options.read(draft.options[-1:])
    broken = bool(last) and len(last[-1][1]) >= _LONG_LINE and last[-1][1][-1] not in "。！？.…"
    if room and (expected or (broken and not marks.REMARK.match(line.text))) and not fact.heading:
        draft.options.append(line.text)
    else:
        paper.loose.append(line)


def _takes_options(paper: Reading, fact: Fact, line: Line) -> bool:
    """Whether the line was one of options, or ended in some."""
    text, draft = line.text, paper.draft
    letter = "" if fact.leads and text.startswith(("(", "（")) else options.begins(text)
    if not letter and (fact.opens or (draft and draft.options)) and options.inside(text) < 0:
        letter = options.begins_bare(text)
        if letter != "A" and (draft is None or letter != _next_letter(draft)):
            letter = ""
    if letter == "A" and paper.stage != "stem" and _claims_stem(paper, fact):
        _claim_stem(paper, line)
        draft = paper.draft
    if draft is None or paper.stage not in {"stem", "options"}:
        return False
    if paper.stage == "stem":
        return _first_options(paper, draft, line, letter)
    if not letter or _is_repeated(draft, letter, text):
        return False
    _add_options(paper, draft, line)
    return True


def _is_repeated(draft: Draft, letter: str, text: str) -> bool:
    """Whether the question has that option; a letter within another option's text is no option."""
    if letter not in "".join(options.letters(part) for part in draft.options):
        return False
    begun = any(options.begins(part) == letter for part in draft.options)
    return begun or not options.is_whole(options.read([*draft.options, text]))


def _first_options(paper: Reading, draft: Draft, line: Line, letter: str) -> bool:
    text = line.text
    if letter == "B" and len(draft.stem) > 1 and _is_torn_option(draft.stem):
        _add_options(paper, draft, Line(line.number, f"A. {draft.stem.pop().text}"))
    if letter and (draft.stem or draft.stem_picture or draft.number is None):
        _add_options(paper, draft, line)
        return True
    at = options.inside(text)
    if at >= 0 or (draft.stem and options.torn(text)):
        if at > 0:
            draft.stem.append(Line(line.number, text[:at].rstrip()))
        _add_options(paper, draft, Line(line.number, text[max(at, 0) :], line.has_picture))
        return True
    return False


def _add_options(paper: Reading, draft: Draft, line: Line) -> None:
    draft.options.append(line.text)
    draft.option_picture |= line.has_picture
    paper.stage = "options"


def _claims_stem(paper: Reading, fact: Fact) -> bool:
    """Whether options that begin here are of a question whose stem had no number, or of none."""
    several = fact.later_letters[:1] == "B" or options.letters(fact.line.text)[:2] == "AB"
    if not paper.loose:
        return paper.draft is None and several and paper.in_passage() is None
    unnumbered = paper.draft is None or paper.draft.number is None
    return bool(ASKS.search(paper.loose[-1].text)) or (unnumbered and several)


def _claim_stem(paper: Reading, line: Line) -> None:
    """Makes the lines since the last question the stem of one without a number."""
    loose, paper.loose = paper.loose, []
    if not loose:
        paper.begin(line, None)
        return
    if paper.draft is None:
        while len(loose) > 1 and not ASKS.search(loose[0].text):
            paper.out.asides.append(loose.pop(0))
    paper.begin(loose[0], None).stem.extend(loose)


def _next_letter(draft: Draft) -> str:
    seen = "".join(options.letters(part) for part in draft.options)
    return chr(ord(max(seen, default="@")) + 1)


def _is_parts(draft: Draft, text: str) -> bool:
    """Whether a line below a key is one more part of it: (2) 165, or the text of an answer in words."""
    first = draft.key[0]
    if marks.letters_of(first) or marks.truth_of(first):
        return False
    return draft.section.kind in {"essay", "fill"} or re.match(r"[（(]\s*\d", text) is not None


def _is_torn_option(stem: Sequence[Line]) -> bool:
    last = stem[-1].text
    return len(last) <= 60 and not ASKS.search(last) and last[-1] not in "。；" and bool(ASKS.search(stem[-2].text))
