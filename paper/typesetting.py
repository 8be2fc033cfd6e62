"""PDF and PNG from typst templates: data goes in as JSON, never as markup."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    from typst import Compiler

_ROOT = Path(__file__).parent
TEMPLATES = _ROOT / "templates"
FONTS = _ROOT / "fonts"
_DENSITY = 192.0
_TURN = Lock()
"""The compiler is one, and refuses a second thread while it works."""


def typeset(template: str, data: Any, form: Literal["pdf", "png"]) -> bytes:
    """The document *template* makes of *data*; a PNG holds its only page.

    A character that our font lacks is taken from any font of the system, else it is a box.
    """
    given = {"data": json.dumps(data, ensure_ascii=False)}
    with _TURN:
        made = _compiler().compile(str(TEMPLATES / template), format=form, ppi=_DENSITY, sys_inputs=given)
    return cast("bytes", made)


@cache
def _compiler() -> Compiler:
    """Looking for fonts takes 0.1 s: once a process."""
    # 7 MB, which a bot that draws nothing does without.
    from typst import Compiler

    return Compiler(root=str(TEMPLATES), font_paths=[str(FONTS)])
