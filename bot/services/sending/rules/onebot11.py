"""What OneBot v11 implementations mean: codes say little, so that their words decide."""

from __future__ import annotations

import re

from bot.services.sending.outlet import SendFailed
from bot.services.sending.rules import generic
from bot.services.sending.rules.verdict import Verdict

_RISK = re.compile("风控|账号异常|操作过于频繁|发送频率过快|安全验证|blocked by risk", re.IGNORECASE)
"""go-cqhttp says 账号可能被风控 (Mrs4s/go-cqhttp#957, #2284: code 100); the other words are QQ's own sentences."""
_MUTED = re.compile(r"禁言|\bmuted\b|shut ?up|group ban|\"result\":\s*120\b|msg error: 120\b", re.IGNORECASE)
"""120 is QQ's result in a muted group: go-cqhttp logs ``send msg error: 120``, and sealdice reads it as a mute."""
_GONE = re.compile(r"移出该群|不在群|不是群成员|not in (the )?group|\"result\":\s*110\b", re.IGNORECASE)
"""NapCatQQ#600: ``"result": 110``, 你已被移出该群."""
_STRANGER = re.compile("非好友|不是好友|not (a )?friend|添加好友", re.IGNORECASE)
_REJECTED = "EventChecker Failed"
"""NapCat: QQ itself answered, with a result other than 0 (NapCatQQ#600). The message did not go out."""
_UNHEARD = "Timeout"
"""NapCat: QQ did not answer in time. The message is often there (NapCatQQ#1772, #932), at times not (#1410, #808)."""


def judge(failure: SendFailed) -> Verdict:
    text = failure.text
    if failure.perhaps or not failure.code.isdecimal():
        return generic.judge(failure)  # nothing of the platform's own
    if _MUTED.search(text):
        return Verdict("later", "muted", muted=True)
    if _RISK.search(text):
        # go-cqhttp#382: at times it was sent all the same.
        return Verdict("perhaps", "risk", stand_down=True)
    if _GONE.search(text):
        return Verdict("refused", "not_in_group")
    if _STRANGER.search(text):
        return Verdict("refused", "no_friend")
    if _REJECTED in text:
        return Verdict("refused", "refused")
    # Older NapCat had 200 for it (NapCatQQ#600).
    if failure.code == "1200" or _UNHEARD in text:
        return Verdict("perhaps", "unconfirmed")
    return Verdict("refused", "refused")
