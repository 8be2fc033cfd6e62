"""Which model answers: followed from the release table, asked for from the chat."""

from bot.services.releases.chat import ChatReleases, News
from bot.services.releases.following import Follower

__all__ = ["ChatReleases", "Follower", "News"]
