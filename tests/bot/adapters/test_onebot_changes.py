"""What OneBot v11 tells of the bot's own standing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from nonebot.adapters.onebot.v11 import Adapter, NoticeEvent

from bot.adapters.onebot11.changes import change

MUTED = {"notice_type": "group_ban", "sub_type": "ban", "group_id": 5, "operator_id": 9, "user_id": 1, "duration": 60}
LEFT = {"notice_type": "group_decrease", "sub_type": "kick_me", "group_id": 5, "operator_id": 9, "user_id": 1}
JOINED = {"notice_type": "group_increase", "sub_type": "invite", "group_id": 5, "operator_id": 9, "user_id": 1}


def told(fields: dict[str, Any]) -> NoticeEvent:
    event = Adapter.json_to_event({"time": 1, "self_id": 1, "post_type": "notice", **fields})
    assert isinstance(event, NoticeEvent)
    return event


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        (MUTED, "muted"),
        (MUTED | {"user_id": 0, "duration": -1}, "muted"),
        (MUTED | {"sub_type": "lift_ban", "duration": 0}, "unmuted"),
        (LEFT, "left"),
        (JOINED, "joined"),
    ],
)
def test_what_happens_to_the_bot_is_told(fields: dict[str, Any], what: str):
    found = change("qq:1", told(fields))
    assert found is not None
    assert (found.what, found.chat.account, found.chat.lane, found.chat.group) == (what, "qq:1", "qq:5", True)


def test_only_a_mute_of_the_bot_alone_ends_by_itself():
    ends = change("qq:1", told(MUTED)).until
    assert 50 < (ends - datetime.now(UTC)).total_seconds() <= 60
    assert change("qq:1", told(MUTED | {"user_id": 0})).until is None


@pytest.mark.parametrize("fields", [MUTED, LEFT, JOINED])
def test_what_happens_to_others_is_nothing(fields: dict[str, Any]):
    assert change("qq:1", told(fields | {"user_id": 77})) is None
