"""Reading exam papers: stems, options, keys and explanations as people lay them out."""

from bot.services.importing.papers.lines import Line
from bot.services.importing.papers.reading import read_either, read_lines

__all__ = ["Line", "read_either", "read_lines"]
