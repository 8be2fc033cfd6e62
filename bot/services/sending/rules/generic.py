"""What any platform's refusal means, as far as HTTP says it."""

from __future__ import annotations

from bot.services.sending.outlet import SendFailed
from bot.services.sending.rules.verdict import Verdict


def judge(failure: SendFailed) -> Verdict:
    if failure.perhaps:
        return Verdict("perhaps", "unconfirmed")
    if failure.code in ("not_connected", "no_token"):
        return Verdict("later", "offline", pause_s=60)
    if failure.code in ("http_429", "429") or failure.retry_after_s:
        return Verdict("later", "rate_limited", pause_s=failure.retry_after_s or 60)
    if failure.code in ("http_403", "403"):
        # Telegram and Discord: the bot was blocked, kicked or may not write here.
        return Verdict("refused", "forbidden")
    if failure.code in ("http_404", "404", "no_such_chat"):
        return Verdict("refused", "no_such_chat")
    return Verdict("refused", "refused")
