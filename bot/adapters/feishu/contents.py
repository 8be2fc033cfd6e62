"""What stands in the ``content`` of a message, which the platform sends as JSON within JSON.

The shapes are those of open.feishu.cn, im-v1/message/events/message_content. An @ is a key there, ``@_user_1``, which
the message's ``mentions`` explain.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from nonebot.adapters.feishu import Message, MessageSegment

_AT = re.compile(r"@_user_\d+ ?")


def read_post(content: str, mentions: Mapping[str, str]) -> Message:
    """Rich text as words, @ and pictures in a row, a line for each paragraph; *mentions* has open ids by their keys."""
    post = _dict(_parsed(content))
    message = Message()
    if title := _text(post, "title"):
        message += MessageSegment.text(f"{title}\n")
    for number, paragraph in enumerate(_lists(post.get("content"))):
        if number:
            message += MessageSegment.text("\n")
        for element in map(_dict, paragraph):
            if (segment := _segment(element, mentions)) is not None:
                message += segment
    return message


def read_quoted(kind: str, content: str) -> tuple[str, list[str]]:
    """The words of a message of this *kind* and the keys of its pictures, without any @; nothing of other kinds."""
    if kind == "text":
        return _AT.sub("", _text(_dict(_parsed(content)), "text")).strip(), []
    if kind == "image":
        return "", [key] if (key := _text(_dict(_parsed(content)), "image_key")) else []
    message = read_post(content, {}) if kind == "post" else Message()
    return message.extract_plain_text().strip(), [one.data["image_key"] for one in message["image"]]


def _segment(element: dict[str, Any], mentions: Mapping[str, str]) -> MessageSegment | None:
    match element.get("tag"):
        case "text" | "a":
            return MessageSegment.text(_text(element, "text"))
        case "at":
            who = _text(element, "user_id")
            return MessageSegment.at(mentions.get(who, who))
        case "img":
            return MessageSegment.image(_text(element, "image_key"))
        case _:
            return None


def _parsed(content: str) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _lists(of: Any) -> Iterator[list[Any]]:
    """The lists in the list *of*, or none where it is something else."""
    for one in cast("list[Any]", of) if isinstance(of, list) else []:
        if isinstance(one, list):
            yield cast("list[Any]", one)


def _dict(of: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", of) if isinstance(of, dict) else {}


def _text(of: dict[str, Any], name: str) -> str:
    found = of.get(name)
    return found if isinstance(found, str) else ""
