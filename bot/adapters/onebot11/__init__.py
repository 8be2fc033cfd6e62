"""OneBot v11, as NapCat, LLOneBot, SnowLuma and Lagrange speak it."""

from bot.adapters.onebot11.adapter import Adapter
from bot.adapters.onebot11.door import OneBotDoor as Door

__all__ = ["Adapter", "Door"]
