"""What the codes of the official QQ bot platform mean.

From its error pages (bot.q.qq.com, api-v2 openapi/error and the autogen send pages, 2026-08-12), nonebot-adapter-qq, and
the issues that are named. Anything else is taken as a plain refusal.
"""

from __future__ import annotations

from bot.services.sending.outlet import SendFailed
from bot.services.sending.rules import generic
from bot.services.sending.rules.verdict import Verdict

_NO_PROACTIVE = Verdict("otherwise", "proactive_refused", no_proactive=True)
_WINDOW_CLOSED = Verdict("otherwise", "window_closed", window_closed=True)
_NOT_THERE = Verdict("refused", "not_in_group")
_BOT_BARRED = Verdict("later", "bot_barred", pause_s=3600, stand_down=True)

_CODES = {
    # 主动消息失败, 无权限; 40034105 also where the owner has not switched it on.
    "40034102": _NO_PROACTIVE,
    "40034105": _NO_PROACTIVE,
    "304064": _NO_PROACTIVE,
    # Too much for today or this month, and too fast.
    "22009": Verdict("later", "daily_cap", pause_s=6 * 3600),
    "40034100": Verdict("later", "rate_limited", pause_s=60),
    "100001": Verdict("later", "rate_limited", pause_s=60),
    # Guilds take nothing between midnight and six (bot-docs#193, botpy#125).
    "304022": Verdict("later", "push_hours", pause_s=3600),
    # Ours: every window that the door knew of was refused.
    "window_closed": _WINDOW_CLOSED,
    # msg_id too old, not ours, or answered too often.
    "304103": _WINDOW_CLOSED,
    "40034005": _WINDOW_CLOSED,
    "40034024": _WINDOW_CLOSED,
    "40034025": _WINDOW_CLOSED,
    "40034028": _WINDOW_CLOSED,
    "40034128": _WINDOW_CLOSED,
    # The same msg_id and msg_seq once more: numbers are never given twice, so the first of them arrived.
    "40054005": Verdict("perhaps", "duplicate"),
    # Sent, but an auditor looks at it first.
    "304023": Verdict("perhaps", "audit"),
    "304024": Verdict("perhaps", "audit"),
    "audit": Verdict("perhaps", "audit"),
    "40054002": Verdict("later", "muted", muted=True),
    "40034101": _NOT_THERE,
    "40054003": _NOT_THERE,
    "40054007": Verdict("refused", "too_long"),
    "40054010": Verdict("otherwise", "links", no_links=True),
    "40054016": _BOT_BARRED,
    "100007": _BOT_BARRED,
    "11254": _BOT_BARRED,
    "11265": _BOT_BARRED,
    "50055001": Verdict("perhaps", "unconfirmed"),
}


def judge(failure: SendFailed) -> Verdict:
    return _CODES.get(failure.code) or generic.judge(failure)
