"""Question files as worksheets for people to edit, and edited worksheets as a data set to train on."""

from bot.services.worksheets.splitting import Split, split_file
from bot.services.worksheets.transforming import Transformed, transform_file

__all__ = ["Split", "Transformed", "split_file", "transform_file"]
