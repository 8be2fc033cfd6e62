"""Thumbs under a message, as implementations of OneBot v11 tell of them."""

from __future__ import annotations

from typing import Any

import pytest
from nonebot.adapters.onebot.v11 import NoticeEvent

from bot.adapters.doors import Reaction
from bot.adapters.onebot11.reactions import thumb

NAPCAT = {
    "notice_type": "group_msg_emoji_like",
    "group_id": 5,
    "user_id": 7,
    "message_id": 99,
    "likes": [{"emoji_id": "76", "count": 1}],
}
LAGRANGE = {
    "notice_type": "reaction",
    "sub_type": "add",
    "group_id": 5,
    "message_id": 99,
    "operator_id": 7,
    "code": "76",
    "count": 1,
}


def notice(fields: dict[str, Any]) -> NoticeEvent:
    return NoticeEvent.model_validate({"time": 1, "self_id": 10001, "post_type": "notice", **fields})


@pytest.mark.parametrize(
    ("fields", "rating"),
    [
        (NAPCAT, 1),
        (NAPCAT | {"likes": [{"emoji_id": "128077", "count": 2}]}, 1),
        (NAPCAT | {"likes": [{"emoji_id": 77}]}, -1),
        (NAPCAT | {"likes": [{"emoji_id": "5"}, {"emoji_id": "128078"}]}, -1),
        (NAPCAT | {"is_add": True}, 1),
        (NAPCAT | {"is_add": False}, 0),
        (LAGRANGE, 1),
        (LAGRANGE | {"code": "77"}, -1),
        (LAGRANGE | {"sub_type": "remove"}, 0),
        ({key: value for key, value in LAGRANGE.items() if key != "operator_id"} | {"user_id": "7"}, 1),
    ],
)
def test_thumbs_are_understood(fields, rating):
    assert thumb(notice(fields)) == Reaction("qq:7", "99", rating or 1, added=rating != 0)


@pytest.mark.parametrize(
    "fields",
    [
        NAPCAT | {"likes": [{"emoji_id": "66"}]},
        NAPCAT | {"likes": []},
        NAPCAT | {"likes": None},
        NAPCAT | {"likes": 3},
        NAPCAT | {"likes": "76"},
        NAPCAT | {"likes": {"emoji_id": "76"}},
        NAPCAT | {"likes": ["76", None]},
        NAPCAT | {"user_id": None},
        NAPCAT | {"user_id": "²"},
        NAPCAT | {"user_id": -7},
        NAPCAT | {"message_id": None},
        LAGRANGE | {"code": None},
        LAGRANGE | {"code": "5"},
        {"notice_type": "group_recall", "user_id": 7, "message_id": 99},
    ],
)
def test_other_notices_and_broken_ones_are_none(fields):
    assert thumb(notice(fields)) is None
