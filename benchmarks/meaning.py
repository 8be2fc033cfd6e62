"""Does the sentence model put the right near question first?

    python -m benchmarks.meaning

Each other wording (``also_asked``) in the starter bank is asked against an
index that knows only the stems; counted is where its question stands among the
twelve that the index proposes, by shared bigrams and by meaning.
"""

from __future__ import annotations

import asyncio
import json
import time

from bot.services.matching.meaning import Meaning
from bot.services.starter_bank import FOLDER
from store.bank import BankItem
from store.search import QuestionIndex

CANDIDATES = 12


async def main() -> None:
    rows = [json.loads(line) for file in sorted(FOLDER.glob("*.jsonl")) for line in file.read_text().splitlines()]
    items = [_item(at, row["stem"]) for at, row in enumerate(rows)]
    index = QuestionIndex()
    with index.batch(fresh=True) as batch:
        batch.put((item.id, [item.stem], []) for item in items)
    meaning = Meaning()
    asked = first = first_by_meaning = 0
    spent = 0.0
    for at, row in enumerate(rows):
        for wording in row["also_asked"]:
            found = [one.id for one in index.find(wording, CANDIDATES)]
            if at not in found:
                continue
            asked += 1
            first += found[0] == at
            started = time.perf_counter()
            ranked = await meaning.rank(wording, [items[number] for number in found])
            spent += time.perf_counter() - started
            first_by_meaning += ranked[0].id == at
    print(f"{asked} wordings whose question is among the {CANDIDATES} proposed")
    print(f"first by bigrams {first / asked:.1%}, by meaning {first_by_meaning / asked:.1%}")
    print(f"{spent / asked * 1000:.0f} ms a question, stems' vectors kept")


def _item(number: int, stem: str) -> BankItem:
    nothing = {"options": (), "aliases": (), "valid_until": None, "stem_hash": 0}
    texts = dict.fromkeys(("material", "answer", "explanation", "category", "source"), "")
    return BankItem(id=number, kind="short", stem=stem, status="active", **texts, **nothing)


if __name__ == "__main__":
    asyncio.run(main())
