"""OneBot v11, as NapCat, LLOneBot, SnowLuma and Lagrange speak it."""

from bot.adapters.onebot11.adapter import Adapter
from bot.adapters.onebot11.messages import read, reply

__all__ = ["Adapter", "read", "reply"]
