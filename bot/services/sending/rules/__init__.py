"""What a platform's refusal means: one module per platform, all giving a :class:`Verdict`."""

from __future__ import annotations

from collections.abc import Callable

from bot.services.sending.outlet import SendFailed
from bot.services.sending.rules import generic, onebot11, qq_official
from bot.services.sending.rules.verdict import Verdict

__all__ = ["Verdict", "judge"]

_JUDGES: dict[str, Callable[[SendFailed], Verdict]] = {"onebot11": onebot11.judge, "qq": qq_official.judge}


def judge(platform: str, failure: SendFailed) -> Verdict:
    """What *failure* means on *platform*."""
    return _JUDGES.get(platform, generic.judge)(failure)
