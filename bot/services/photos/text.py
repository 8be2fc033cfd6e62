"""What was read off a picture, and why nothing was."""

from __future__ import annotations

from dataclasses import dataclass

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the upright picture."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """One run of text that stands by itself in the picture."""

    text: str
    box: Box
    score: float
    """How sure the recognition is, 0 to 1."""

    @property
    def left(self) -> float:
        return self.box[0]

    @property
    def top(self) -> float:
        return self.box[1]

    @property
    def right(self) -> float:
        return self.box[2]

    @property
    def bottom(self) -> float:
        return self.box[3]

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Height of the line's middle from the top of the picture."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class PhotoQuestion:
    text: str
    """The stem, then one option a line, as :func:`bot.services.reading.read` understands it."""
    complete: bool
    """False when the picture shows only a part: the stem, options or some of them are cut off."""


@dataclass(frozen=True, slots=True)
class PhotoText:
    lines: tuple[TextLine, ...]
    """Everything that was read, top to bottom, an app's buttons too."""
    text: str
    """What belongs to the picture's content, row by row."""
    questions: tuple[PhotoQuestion, ...]


class PhotoUnreadable(Exception):
    """The picture gives no text; carries one Chinese sentence for the member."""


class PhotoBusy(Exception):
    """Too many pictures wait already; carries one Chinese sentence for the member."""

    def __init__(self) -> None:
        super().__init__("现在看图的人太多了，过一会儿再发，或者直接把题目打成文字。")


class PhotosNotInstalled(Exception):
    """The packages that read pictures are missing or broken; carries one Chinese sentence for the operator."""

    def __init__(self) -> None:
        super().__init__("看图的组件没有装好，请运行 make photo 后重启")
