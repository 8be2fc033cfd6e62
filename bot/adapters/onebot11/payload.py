"""Mending message events that real implementations send slightly wrong."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, cast

SEGMENT_TEXT = "text"
ORIGINAL_ID = "original_message_id"
"""Where a message id that is no number is kept, for quoting it later."""

_SENDER_TEXT = ("nickname", "card", "role", "title", "level")


class Unusable(Exception):
    """The event lacks what a reply would need; the message is an English reason code."""


def mend_message(payload: Mapping[str, Any], self_id: str) -> dict[str, Any]:
    """A copy of a ``post_type: message`` event with every field the v11 standard promises.

    Missing ids, times and senders get neutral values; the message becomes a list
    of segments or stays a CQ string. Nothing of the text is changed.

    Raises:
        Unusable: nobody to answer: no user, or a group message without a group.
    """
    event = dict(payload)
    private = event.get("message_type") != "group"
    event["user_id"] = _number(event.get("user_id"), "no_user")
    if not private:
        event["group_id"] = _number(event.get("group_id"), "no_group")
    event["self_id"] = _number(event.get("self_id") or self_id, "no_account")
    event["time"] = event["time"] if isinstance(event.get("time"), int) else int(time.time())
    event.setdefault("sub_type", "friend" if private else "normal")
    if not _is_int(event.get("message_id")):
        event[ORIGINAL_ID] = str(event.get("message_id") or "")
        event["message_id"] = 0
    event["message"] = _message(event)
    event["raw_message"] = str(event.get("raw_message") or "")
    event["font"] = event["font"] if _is_int(event.get("font")) else 0
    event["sender"] = _sender(event.get("sender"))
    if not isinstance(event.get("anonymous"), dict):
        event["anonymous"] = None
    return event


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any, missing: str) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Unusable(missing) from None


def _message(event: Mapping[str, Any]) -> str | list[dict[str, Any]]:
    message: Any = event.get("message", event.get("raw_message"))
    if isinstance(message, str):
        return message
    if isinstance(message, Mapping):
        return [_segment(message)]
    return [_segment(item) for item in cast("list[Any]", message)] if isinstance(message, list) else ""


def _segment(item: Any) -> dict[str, Any]:
    if isinstance(item, str):
        return {"type": SEGMENT_TEXT, "data": {"text": item}}
    segment = _mapping(item)
    kind = str(segment.get("type") or "unknown")
    data = _mapping(segment.get("data"))
    if kind == SEGMENT_TEXT:
        data["text"] = str(data.get("text") or "")
    return {"type": kind, "data": data}


def _sender(value: Any) -> dict[str, Any]:
    sender = _mapping(value)
    return {key: str(sender[key]) for key in _SENDER_TEXT if sender.get(key) is not None}


def _mapping(value: Any) -> dict[str, Any]:
    return dict(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else {}
