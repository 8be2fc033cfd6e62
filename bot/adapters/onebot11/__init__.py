"""OneBot v11, as NapCat, LLOneBot, SnowLuma and Lagrange speak it."""

from bot.adapters.onebot11.adapter import Adapter
from bot.adapters.onebot11.messages import account, lane, member, read, reply, say

__all__ = ["Adapter", "account", "lane", "member", "read", "reply", "say"]
