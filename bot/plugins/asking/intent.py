"""What a message wants from the bot: a question, a reason, help, or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from bot.services.incoming import Incoming

_ASK = re.compile(r"^[/／]\s*(?:问题?|ask)\s*[:：]?\s*", re.IGNORECASE)
_WHY = re.compile(r"^(?P<slash>[/／]?)\s*(?:为什么|为啥|依据|出处|why)\s*[?？!！。~]*$", re.IGNORECASE)
_HELP = re.compile(r"^(?P<slash>[/／])\s*(?:帮助|help|菜单|用法)(?:\s++(?P<topic>.{1,12}))?\s*$", re.IGNORECASE)
_NOTHING = re.compile(r"^[/／]?\s*(?:取消|算了)[\s。.!！]*$")
_COMMAND = re.compile(r"^[/／]\s*[\w\u4e00-\u9fff]{1,12}(?:\s|$)")


@dataclass(frozen=True, slots=True)
class Intent:
    action: Literal["ask", "why", "help", "nothing", "unknown_command"]
    incoming: Incoming
    """The message, without the command word."""


def intent_of(incoming: Incoming, *, addressed: bool) -> Intent | None:
    """What *incoming* wants; ``None`` when it is not for the bot.

    Commands with a slash count anywhere; words without one only when the bot is
    addressed. An addressed message that is no command is a question.
    """
    text = incoming.text
    if asked := _ASK.match(text):
        return Intent("ask", replace(incoming, text=text[asked.end() :].strip()))
    if (why := _WHY.match(text)) and (addressed or why["slash"]):
        return Intent("why", incoming)
    if asked := _HELP.match(text):
        return Intent("help", replace(incoming, text=(asked["topic"] or "").strip().lstrip("/／")))
    if not addressed:
        return None
    if _NOTHING.match(text):
        return Intent("nothing", incoming)
    if _COMMAND.match(text):
        return Intent("unknown_command", incoming)
    return Intent("ask", incoming)
