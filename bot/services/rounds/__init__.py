"""Training rounds as a chat sees them: asked for, watched, told about."""

from bot.services.rounds.chat import ChatRounds, Lost, News, NotStarted

__all__ = ["ChatRounds", "Lost", "News", "NotStarted"]
