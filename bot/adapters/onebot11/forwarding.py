"""A long text as a merged forward: one message of a group that unfolds when it is touched."""

from __future__ import annotations

from typing import Any

from bot.adapters.onebot11 import ids

LONG = 600
"""Characters from which a text would push everything else of a group off the screen."""
_PIECE = 400
"""Where a text has no paragraphs, lines are put together up to so many characters."""
_NAME = "公考题库"


def nodes(account: str, text: str) -> list[dict[str, Any]]:
    """*text* as what *account* says, a paragraph after the other."""
    number = ids.number(account)
    # v11 has user_id and nickname; go-cqhttp and what follows it read uin and name.
    who = {"user_id": str(number), "nickname": _NAME, "uin": str(number), "name": _NAME}
    return [
        {"type": "node", "data": {**who, "content": [{"type": "text", "data": {"text": piece}}]}}
        for piece in paragraphs(text)
    ]


def paragraphs(text: str) -> list[str]:
    """What blank lines part, without them; else some lines at a time. Joined by line breaks it is all of *text*'s
    lines that are not blank."""
    found = [part.strip("\n") for part in text.split("\n\n") if part.strip()]
    if len(found) > 1:
        return found
    pieces: list[str] = []
    for line in filter(str.strip, text.split("\n")):
        if pieces and len(pieces[-1]) + len(line) < _PIECE:
            pieces[-1] += f"\n{line}"
        else:
            pieces.append(line)
    return pieces
