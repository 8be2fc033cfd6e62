"""Between QQ's numbers and the ids that the database keeps."""

from __future__ import annotations

from bot.services.sending.post import Chat

PLATFORM = "qq"


def member(number: int | str) -> str:
    """``qq:12345``; groups are written alike."""
    return f"{PLATFORM}:{number}"


def number(known_as: str) -> int:
    """The platform's number of a member or group.

    Raises:
        ValueError: it is of another platform.
    """
    platform, _, written = known_as.partition(":")
    if platform != PLATFORM:
        raise ValueError(f"{platform} is another platform")
    return int(written)


def chat(account: str, user_id: int, group_id: int | None) -> Chat:
    return Chat(account, member(user_id if group_id is None else group_id), group=group_id is not None)
