"""Cards on platforms that edit, recall, or neither."""

from __future__ import annotations

import pytest

from bot.adapters.screen import ChatScreen
from bot.services.sending.outlet import SendFailed
from bot.services.sending.post import Chat

CHAT = Chat("x:1", "x:2", group=True)


class Door:
    """What a card needs of one."""

    def __init__(self, *kinds: str) -> None:
        self.kinds = frozenset(kinds)
        self.done: list[tuple[str, ...]] = []
        self.broken = False

    async def say(self, chat: Chat, text: str) -> str:
        if self.broken:
            raise SendFailed("network", perhaps=True)
        self.done.append(("say", text))
        return f"m{len(self.done)}"

    async def edit(self, chat: Chat, message_id: str, text: str) -> None:
        self.done.append(("edit", message_id, text))

    async def recall(self, chat: Chat, message_id: str) -> None:
        self.done.append(("recall", message_id))


@pytest.mark.parametrize(
    ("kinds", "done"),
    [
        (("edit", "recall"), [("say", "1"), ("edit", "m1", "2"), ("recall", "m1")]),
        (("recall",), [("say", "1"), ("say", "2"), ("recall", "m1"), ("recall", "m2")]),
        ((), [("say", "1")]),
    ],
)
async def test_one_card_takes_the_place_of_the_other(kinds: tuple[str, ...], done: list[tuple[str, ...]]):
    door = Door(*kinds)
    screen = ChatScreen(door, CHAT)
    await screen.show("1")
    await screen.show("2")
    await screen.clear()
    assert door.done == done


async def test_a_card_that_cannot_be_shown_stops_nothing():
    door = Door("recall")
    door.broken = True
    screen = ChatScreen(door, CHAT)
    await screen.show("1")
    await screen.clear()
    assert door.done == []
