"""A paper's lines to rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bot.services.importing.pairs import MAX_STEM
from bot.services.importing.papers import options
from bot.services.importing.papers.arrows import rows_of
from bot.services.importing.papers.blanks import emptied, without_verdict
from bot.services.importing.papers.draft import Draft, Outline
from bot.services.importing.papers.facts import BLANK
from bot.services.importing.papers.joining import join_file, join_regions
from bot.services.importing.papers.keylist import key_runs
from bot.services.importing.papers.lines import Line, cleaned
from bot.services.importing.papers.outline import outline
from bot.services.importing.papers.verdict import items_of, stem_of
from bot.services.importing.rows import Aside, Item, Layout, Rejected, Row, UnreadableFile
from bot.services.importing.texts import storable
from paper.excerpts import excerpt

_ENOUGH = 2
"""Questions with options, a key or a blank from which on a file may be a bank."""
_SHARE = 0.05
"""Their least share of the lines that begin with a number."""
_SHARE_OF_ONE = 0.2
"""And that of a single question."""
_SHORT, _NUMBERED = 60, 5
"""Lines, and those with a number, up to which a file without a paper is read line by line all the same."""
_NO_BANK = "看起来不是题库：没有找到题目（题目要有选项、答案，或要填的空）"
_FEW_LACK_ONE = 0.1
"""Up to which share of the questions a missing last option looks like a slip."""


def read_lines(lines: Iterable[Line], key: Iterable[Line] | None = None) -> Iterator[Item]:
    """The rows of a paper, in the order of its lines; *key* are the lines of a file with its keys.

    Raises:
        UnreadableFile: too few of the lines look like questions, or too many lines at all.
    """
    paper = outline(cleaned(lines))
    if not _is_bank(paper):
        raise UnreadableFile(_NO_BANK)
    yield from _read(paper, key)


def read_either(texts: Sequence[str], lines: Sequence[Line], key: Iterable[Line] | None = None) -> Iterator[Item]:
    """As :func:`read_lines`; but where *lines* hold no paper, the ``题干：->答案`` rows of *texts*, if any.

    Raises:
        UnreadableFile: neither is there.
    """
    kept = cleaned(lines)
    paper = outline(kept)
    if _is_bank(paper):
        yield from _read(paper, key)
        return
    items = list(rows_of(texts))
    pairs = sum(isinstance(item, Row) for item in items)
    short = len(kept) <= _SHORT and paper.numbers < _NUMBERED and any(not isinstance(item, Aside) for item in items)
    if not short and pairs * 10 < max(len(kept), 1):
        raise UnreadableFile(_NO_BANK)
    yield from items


def _is_bank(paper: Outline) -> bool:
    """Whether enough of a document's lines are questions for the rest to be taken as theirs."""
    good = sum(_tells(draft) for draft in paper.drafts)
    numbered = max(paper.numbers, len(paper.drafts))
    return good > 0 and good >= numbered * (_SHARE if good >= _ENOUGH else _SHARE_OF_ONE)


def _tells(draft: Draft) -> bool:
    """Whether anything but its number says that the draft is a question."""
    stem = stem_of(draft)[:MAX_STEM]
    judged = draft.section.kind == "judge" and without_verdict(stem)[1]
    return bool(draft.options or draft.key or judged or emptied(stem)[1] or BLANK.search(stem))


def _read(paper: Outline, key: Iterable[Line] | None) -> Iterator[Item]:
    fits = join_regions(paper)
    if key is not None:
        others = cleaned(key)
        fits = join_file(paper, outline(others), key_runs(others))
    yield Layout(_layout(paper, fits=fits, apart=key is not None), guessed=not fits)
    yield from _in_order(paper)


def _in_order(paper: Outline) -> Iterator[Item]:
    short = _lacks_last(paper.drafts)
    items: list[Row | Rejected | Aside] = []
    for draft in paper.drafts:
        for item in items_of(draft):
            if isinstance(item, Row) and short and len(item.options) == short - 1 and not item.answer:
                items.append(Rejected(item.number, f"只有 {short - 1} 个选项，像是漏了一个", excerpt(item.stem)))
            else:
                items.append(item)
    for line in paper.asides:
        shown = excerpt(line.text[:400])
        items.append(Aside(line.number, shown if storable(shown) else ""))
    yield from sorted(items, key=lambda item: item.number)


def _lacks_last(drafts: Sequence[Draft]) -> int:
    """How many options all but a few questions have, where that is one number; else 0."""
    counts = Counter(len(options.read(draft.options)) for draft in drafts if draft.options)
    total = counts.total()
    if total < 10:
        return 0
    usual, often = counts.most_common(1)[0]
    return usual if usual > 2 and often >= total * (1 - _FEW_LACK_ONE) else 0


def _layout(paper: Outline, *, fits: bool, apart: bool) -> str:
    questions = len(paper.drafts)
    if apart:
        where = "答案在另一个文件里，按题号对上"
    elif any(draft.joined for draft in paper.drafts):
        where = "答案在题目后面集中列出，按题号对上"
    elif any(draft.keyed for draft in paper.drafts):
        where = "答案跟在每道题后面"
    elif any(emptied(stem_of(draft))[1] for draft in paper.drafts):
        where = "答案填在题干的括号里"
    else:
        where = "没有答案"
    return f"按试卷读，{questions} 道题，{where}" + ("" if fits else "，有的题号对不上")
