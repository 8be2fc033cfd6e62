"""Training rounds as a chat sees them: asked for, watched, told about."""

from bot.services.rounds.chat import ChatRounds, News

__all__ = ["ChatRounds", "News"]
