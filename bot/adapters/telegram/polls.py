"""Between polls as the Bot API takes them and the bot's own terms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from nonebot.adapters.telegram.event import PollAnswerEvent
from nonebot.adapters.telegram.model import InputPollOption

from bot.adapters.doors import Arrival, Poll
from bot.adapters.unused import unused
from bot.services.incoming import Incoming
from store.models import ChatPoll

# Of the Bot API's sendPoll. Newer servers take twelve options and longer times, older ones do not.
_QUESTION, _OPTION, _EXPLANATION = 300, 100, 200
_FEWEST, _MOST = 2, 10
_SHORTEST_S, _LONGEST_S = 5, 600


def fits(poll: Poll) -> bool:
    """Whether the platform takes *poll*, if need be without what leads up to it."""
    options = _FEWEST <= len(poll.options) <= _MOST and all(1 <= len(one) <= _OPTION for one in poll.options)
    return options and 1 <= len(poll.question) <= _QUESTION


def question(poll: Poll) -> str:
    """The question with what leads up to it, where both have room; else the question alone."""
    whole = f"{poll.lead}\n{poll.question}"
    return whole if poll.lead and len(whole) <= _QUESTION else poll.question


def written(poll: Poll) -> dict[str, Any]:
    """The parameters of *poll* besides its question and its chat."""
    told: dict[str, Any] = {
        "options": [InputPollOption(text=one) for one in poll.options],
        "is_anonymous": False,
        # The first vote counts, as the first letter does. Servers before Bot API 9.6 do not know this one, and
        # let a vote be taken back.
        "allows_revoting": False,
        "open_period": min(max(math.ceil(poll.open_s), _SHORTEST_S), _LONGEST_S),
    }
    if poll.key is None or poll.several:
        # Nobody is to copy what others chose; unknown before 9.6 as well.
        return {**told, "type": "regular", "allows_multiple_answers": poll.several, "hide_results_until_closes": True}
    # 9.6 has put a list in the place of the one number: either kind of server finds its own.
    told |= {"type": "quiz", "correct_option_id": poll.key, "correct_option_ids": [poll.key]}
    if 0 < len(poll.explanation) <= _EXPLANATION:
        told["explanation"] = poll.explanation
    return told


def read_vote(prefix: str, event: PollAnswerEvent, kept: ChatPoll, received_at: datetime) -> Arrival | None:
    """*event* as words that are said where the poll *kept* stands; ``None`` where it says nothing."""
    said = _said(kept.says, event.option_ids)
    if said is None or event.user is None:
        unused("vote_for_no_option")
        return None
    member = f"{prefix}:{event.user.id}"
    if not kept.is_group and kept.lane != member:
        # Polls can be forwarded: a private question is nobody else's.
        unused("vote_of_somebody_else")
        return None
    name = " ".join(filter(None, (event.user.first_name, event.user.last_name)))
    group = kept.lane if kept.is_group else None
    # No message says it, so there is none to be quoted.
    incoming = Incoming(kept.account, member, said, group, name, received_at=received_at)
    return Arrival(incoming, to_me=True, pressed=kept.about)


def _said(says: Sequence[str], chosen: Sequence[int]) -> str | None:
    if not all(0 <= place < len(says) for place in chosen):
        return None
    return "".join(says[place] for place in sorted(set(chosen))) or None
