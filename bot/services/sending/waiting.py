"""Messages that wait until somebody speaks in their chat, which opens a reply window."""

from __future__ import annotations

from datetime import datetime

from bot.services.sending.post import Chat, Post


class Waiting:
    """In memory: whoever wants a post sent asks again now and then, and puts it back after a restart."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._posts: dict[Chat, dict[str, Post]] = {}

    def put(self, post: Post, now: datetime) -> None:
        """Keep *post*, under its key; dropped when too many wait."""
        if self._count() >= self._most:
            self._drop_late(now)
        if self._count() < self._most:
            self._posts.setdefault(post.chat, {})[post.key] = post

    def take(self, chat: Chat) -> list[Post]:
        """What waits for *chat*, and does so no longer."""
        return list(self._posts.pop(chat, {}).values())

    def _count(self) -> int:
        return sum(map(len, self._posts.values()))

    def _drop_late(self, now: datetime) -> None:
        for chat in list(self._posts):
            kept = {k: one for k, one in self._posts[chat].items() if one.not_after is None or one.not_after >= now}
            if kept:
                self._posts[chat] = kept
            else:
                del self._posts[chat]
