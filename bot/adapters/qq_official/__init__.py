"""QQ's own open platform, where bots are registered: groups and private chats, over a WebSocket or a webhook."""

from bot.adapters.qq_official.adapter import Adapter
from bot.adapters.qq_official.door import QqDoor as Door

__all__ = ["Adapter", "Door"]
