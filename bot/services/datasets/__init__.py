"""Training sets as a chat sees them: built by another process, told about in words and a picture."""

from bot.services.datasets.chat import ChatDatasets, Told
from bot.services.datasets.child import DatasetProcess, JobFailed

__all__ = ["ChatDatasets", "DatasetProcess", "JobFailed", "Told"]
