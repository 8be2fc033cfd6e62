"""What one account has sent of late, for what is done to it afterwards."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from nonebot_plugin_alconna.uniseg import Receipt

_KEPT = 256


class Sent:
    """A text may have become several messages: they are known by the id of the first, which begins the answer and
    quotes what is answered. The others lead to it for as long as they are remembered."""

    def __init__(self) -> None:
        self._receipts: OrderedDict[str, Sequence[Receipt]] = OrderedDict()
        self._first: dict[str, str] = {}

    def keep(self, receipts: Sequence[Receipt]) -> str | None:
        """Remember what *receipts* are of; its id, ``None`` where the platform gave none."""
        ids = [_id(receipt) for receipt in receipts]
        first = ids[0]
        if first is None:
            return None
        self.forget(first)
        self._receipts[first] = receipts
        self._first |= {one: first for one in ids[1:] if one is not None}
        while len(self._receipts) > _KEPT:
            self.forget(next(iter(self._receipts)))
        return first

    def find(self, message_id: str) -> Sequence[Receipt]:
        """
        Raises:
            KeyError: it was sent long ago, or by another process.
        """
        return self._receipts[message_id]

    def first(self, message_id: str) -> str:
        """What *message_id* is known by: itself, unless it is a later part of something."""
        return self._first.get(message_id, message_id)

    def forget(self, message_id: str) -> None:
        for receipt in self._receipts.pop(message_id, ())[1:]:
            self._first.pop(_id(receipt) or "", None)


def _id(receipt: Receipt) -> str | None:
    reply = receipt.get_reply(0) if receipt.msg_ids else None
    return None if reply is None else reply.id
