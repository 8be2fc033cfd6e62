"""Training sets as a chat sees them: built by another process, told about in words and a picture."""

from bot.services.datasets.chat import ChatDatasets, Told

__all__ = ["ChatDatasets", "Told"]
