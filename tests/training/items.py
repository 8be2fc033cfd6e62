"""Questions as the training sets use them."""

from __future__ import annotations

from typing import Any

from store.wording import fingerprint
from training.datasets.questions import Item


def item(stem: str, answer: str, *, options: tuple[str, ...] = (), **more: Any) -> Item:
    values: dict[str, Any] = {
        "id": 1,
        "fingerprint": fingerprint(stem, options),
        "kind": ("single" if len(answer) == 1 else "multiple") if options else "short",
        "material": "",
        "aliases": (),
        "explanation": "",
        "category": "",
        "source": "",
    }
    return Item(stem=stem, answer=answer, options=options, **(values | more))
