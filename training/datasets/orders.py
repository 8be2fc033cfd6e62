"""Options in another order, the key with them."""

from __future__ import annotations

import re
from hashlib import blake2b

from inference.prompts import LETTERS
from training.datasets.questions import Item

_ALL_OF_THEM = re.compile(
    r"(?:以上|上述|前面|前述|这些|前[两三四五二2345]|[两三四二]者|[三四]项|都|均|皆|全).{0,6}"
    r"(?:都|均|皆|全|是|对|错|不|非|正确|无)|其他|其它|不确定|无法|不能确定"
)
_NAMES_OTHERS = re.compile(
    r"(?<![A-Za-z])[A-HＡ-Ｈ]\s*(?:[、和与或及,，+]|项|选项|都|均|$)|选项|(?<![A-Za-z])[A-H]{2,4}(?![A-Za-z])"
)
_NAMES_A_LETTER = re.compile(
    r"(?<![A-Za-z])[A-HＡ-Ｈ]{1,4}\s*(?:项|选项|正确|错误|对|错|符合|不符|当选|、|,|，|。|：|:|$)"
    r"|[选择为是][：:]?\s*[A-HＡ-Ｈ](?![A-Za-z])|第[一二三四1234]项"
)
_TRIES = 6


def names_letters(text: str) -> bool:
    """Whether *text* speaks of options by letter, so that it is true in one order only."""
    return _NAMES_A_LETTER.search(text) is not None


def may_be_shuffled(item: Item) -> bool:
    """Whether the options mean the same in any order, apart from those that have to stay last."""
    return not names_letters(item.stem) and not any(_NAMES_OTHERS.search(option.strip()) for option in item.options)


def orders(item: Item, count: int, seed: int) -> list[tuple[tuple[str, ...], str]]:
    """Up to *count* different orders as options and key letters, the bank's own first.

    Options such as 以上都对 keep their places. The same for equal fingerprint, options and *seed*.
    """
    found = [(item.options, item.answer)]
    if count < 2 or not may_be_shuffled(item):
        return found
    free = [at for at, option in enumerate(item.options) if not _ALL_OF_THEM.search(option)]
    for salt in range(_TRIES):
        if len(found) == count or len(free) < 2:
            break
        drawn = sorted(free, key=lambda at, salt=salt: _draw(seed, salt, item.fingerprint, item.options[at], at))
        places = list(range(len(item.options)))
        for place, at in zip(free, drawn, strict=True):
            places[place] = at
        options = tuple(item.options[at] for at in places)
        if all(options != known for known, _ in found):
            letters = sorted(LETTERS[places.index(LETTERS.index(letter))] for letter in item.answer)
            found.append((options, "".join(letters)))
    return found


def _draw(seed: int, salt: int, fingerprint: str, option: str, at: int) -> bytes:
    return blake2b(f"{seed}\x1f{salt}\x1f{fingerprint}\x1f{option}\x1f{at}".encode(), digest_size=8).digest()
