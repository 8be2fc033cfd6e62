"""Texts that a chat template would not read as text."""

from __future__ import annotations

import re

_MARK = re.compile(
    r"<\|[^|<>\s]{1,40}\|>|</?s>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|<(?:eo[hast]|pad|unk|bos|eos)>"
    r"|\[UNUSED_TOKEN_\d+\]|</?think>",
    re.IGNORECASE,
)


def holds_control_tokens(text: str) -> bool:
    """Whether *text* has what ends a turn or starts a role in a common chat template."""
    return ("<" in text or "[" in text) and _MARK.search(text) is not None
