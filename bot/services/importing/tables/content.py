"""Recognising columns of a sheet without a header by what they hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.services.importing.tables.answers import letters_of, truth
from bot.services.importing.tables.cell import SheetRow
from bot.services.importing.tables.columns import Columns
from bot.services.importing.tables.kinds import named_kind
from bot.services.importing.tables.options import letter_of, split_options, stem_options
from store.wording import option_form

_ASKING = re.compile(r"[？?]|[（(]\s*[)）]|_{2,}|下列|以下|哪|什么|多少|何|几|谁|[是为于在叫:：]$")
_KIND = re.compile(r"\S{1,6}题|[单多]选|[单多]项选择|不定项(?:选择)?|判断|是非|填空|简答|问答|论述|名词解释")
_MAX_OPTIONS = 8


@dataclass(frozen=True, slots=True)
class _Profile:
    """What the cells of one column have in common, as shares of those with content."""

    column: int
    filled: float
    """Of all rows."""
    length: float
    """Mean number of characters."""
    distinct: float
    letters: float
    truths: float
    kinds: float
    numbers: float
    """Holding no letters, as amounts and dates."""
    asking: float
    joined: float
    """Holding several options."""
    carrying: float
    """Ending in marked options, as stems do."""
    running: bool


def columns_by_content(rows: Sequence[SheetRow]) -> Columns | None:
    """The columns as their content shows them; ``None`` when no column looks like stems."""
    full = [row for row in rows if len(row.filled()) > 1] or rows
    if not full:
        return None
    profiles = {profile.column: profile for profile in _profiles(full)}
    kind = next((column for column, profile in profiles.items() if profile.kinds >= 0.8), None)
    free = [column for column in profiles if column != kind]
    running = [column for column in free if profiles[column].running and column == free[0] and len(free) > 1]
    free = [column for column in free if column not in running]
    answer = _answer(free, profiles, full)
    stem = _stem([column for column in free if column != answer], answer, profiles)
    if stem is None:
        return None
    return _arrange(stem, answer, kind, [column for column in free if column not in (stem, answer)], profiles, full)


def _profiles(rows: Sequence[SheetRow]) -> list[_Profile]:
    found: list[_Profile] = []
    for column in sorted({column for row in rows for column in row.filled()}):
        texts = [text for row in rows if (text := row.shown(column))]
        count = len(texts)
        numbers = [int(text) for text in texts if text.isdecimal() and len(text) < 7]
        found.append(
            _Profile(
                column,
                count / len(rows),
                sum(map(len, texts)) / count,
                len(set(texts)) / count,
                sum(
                    bool(letters_of(text)) and len(text) <= 16 and set(letters_of(text)) <= set("ABCDEFGH")
                    for text in texts
                )
                / count,
                sum(truth(text) is not None for text in texts) / count,
                sum(bool(_KIND.fullmatch(text)) and named_kind(text) is not None for text in texts) / count,
                sum(not any(char.isalpha() for char in text) for text in texts) / count,
                sum(bool(_ASKING.search(text)) for text in texts) / count,
                sum(len(split_options(text)) > 1 for text in texts) / count,
                sum(bool(stem_options(text)[1]) for text in texts) / count,
                len(numbers) == count and all(after > before for before, after in pairwise(numbers)),
            )
        )
    return found


def _answer(free: Sequence[int], profiles: dict[int, _Profile], rows: Sequence[SheetRow]) -> int | None:
    """The column of letters, of right and wrong, or of texts that repeat an option of the same row."""
    lettered = [column for column in free if profiles[column].letters + profiles[column].truths >= 0.8]
    # A column that always says 正确 is an option; the answers vary.
    varied = [column for column in lettered if profiles[column].distinct > 1 / len(rows)] or lettered
    if varied:
        return max(varied, key=lambda column: (profiles[column].letters >= 0.8, column))
    repeating: Counter[int] = Counter()
    for row in rows:
        forms = {column: option_form(letter_of(row.shown(column))[1]) for column in free}
        seen = Counter(forms.values())
        repeating.update(column for column, form in forms.items() if form and seen[form] > 1)
    best = max(reversed(free), key=lambda column: repeating[column], default=None)
    return best if best is not None and repeating[best] >= 0.6 * len(rows) and len(free) > 3 else None


def _stem(free: Sequence[int], answer: int | None, profiles: dict[int, _Profile]) -> int | None:
    def weight(column: int) -> float:
        profile = profiles[column]
        return profile.length * profile.distinct * profile.filled * (0.3 + profile.asking)

    texts = [column for column in free if profiles[column].numbers < 0.5 and profiles[column].length >= 3]
    left = [column for column in texts if answer is None or column < answer]
    if answer is None:
        # A plain pair has its stems first, however long the answers are.
        wide = [column for column in texts if profiles[column].filled >= 0.5]
        if len(wide) == 1 or len(free) <= 3:
            return _asked(texts[0], profiles) if texts else None
    candidates = [column for column in left if profiles[column].length >= 4] or texts
    return max(candidates, key=weight, default=None)


def _asked(column: int, profiles: dict[int, _Profile]) -> int | None:
    """*column* when its texts are questions rather than names or labels."""
    profile = profiles[column]
    return column if profile.length >= 5 or profile.asking >= 0.3 else None


def _arrange(
    stem: int,
    answer: int | None,
    kind: int | None,
    free: Sequence[int],
    profiles: dict[int, _Profile],
    rows: Sequence[SheetRow],
) -> Columns | None:
    right = [column for column in free if column > stem and (answer is None or answer < stem or column < answer)]
    after = [column for column in free if answer is not None and stem < answer < column]
    options: tuple[int | None, ...] = ()
    joined = explanation = None
    if len(right) > 1 and (answer is not None or len(right) > 2 or _led(right, rows)):
        # Options that no row of the sample has still have their column before the answer's.
        last = answer if answer is not None and answer > stem else right[-1] + 1
        taken = {column for column in profiles if column not in right}
        options = tuple(column for column in range(right[0], last) if column not in taken)[:_MAX_OPTIONS]
    elif right and profiles[right[0]].joined >= 0.5:
        joined = right[0]
    elif right and answer is None:
        answer = right[0]
        after = right[1:]
    long = [column for column in after if profiles[column].length >= 8]
    if long and (options or joined is not None or kind is not None):
        explanation = max(long, key=lambda column: profiles[column].length)
    if not options and joined is None and profiles[stem].carrying < 0.5:
        if answer is None or profiles[answer].letters >= 0.8:
            return None
        if _asked(stem, profiles) is None:
            return None
    elif answer is None and profiles[stem].asking < 0.3:
        return None
    used = {stem, answer, kind, joined, explanation, *options}
    return Columns(
        stem,
        options,
        joined,
        answer,
        kind,
        explanation,
        unused=tuple(column for column in profiles if column not in used),
        guessed=True,
    )


def _led(columns: Sequence[int], rows: Sequence[SheetRow]) -> bool:
    texts = [text for row in rows for column in columns if (text := row.shown(column))]
    return sum(bool(letter_of(text)[0]) for text in texts) > len(texts) / 2
