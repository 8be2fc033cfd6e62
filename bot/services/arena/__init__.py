"""Two models' answers to one question, side by side; the members say which is better."""

from bot.services.arena.battles import Battles
from bot.services.arena.chat import ChatArena
from bot.services.arena.choices import Choices
from bot.services.arena.comparing import Comparing
from bot.services.arena.ring import Ring

__all__ = ["Battles", "ChatArena", "Choices", "Comparing", "Ring"]
