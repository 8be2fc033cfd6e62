"""Where the pictures of a PDF page stand between its lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pypdf import PageObject

_WHOLE_PAGE = 0.8
"""Share of a page's width and height from which on a picture is the scan behind the text."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture on a page."""

    name: str
    """The same for the same picture on every page."""
    above: float
    """Share of the page's lines that stand above it, 0 to 1."""


def pictures(page: PageObject) -> list[Picture]:
    """The pictures of *page* that do not lie behind all of it.

    Raises:
        pypdf.errors.PyPdfError: damage in the page.
    """
    images = _images(page)
    if not images:
        return []
    placed: list[tuple[str, float]] = []
    baselines: set[int] = set()
    box = page.mediabox

    def operand(operator: Any, operands: Any, matrix: Any, _text_matrix: Any) -> None:
        if operator == b"Do" and operands and str(operands[0]) in images:
            whole = abs(matrix[0]) > box.width * _WHOLE_PAGE and abs(matrix[3]) > box.height * _WHOLE_PAGE
            if not whole:
                placed.append((images[str(operands[0])], float(matrix[5]) + float(matrix[3]) / 2))

    def text(said: str, matrix: Any, text_matrix: Any, _font: Any, _size: Any) -> None:
        if said.strip():
            baselines.add(round(text_matrix[5] * matrix[3] + matrix[5]))

    page.extract_text(visitor_operand_before=operand, visitor_text=text)
    total = max(len(baselines), 1)
    return [Picture(name, sum(line > height for line in baselines) / total) for name, height in placed]


def repeated(pages: Sequence[Sequence[Picture]]) -> set[str]:
    """Names of the pictures on most pages: logos and watermarks."""
    counts = Counter(name for page in pages for name in {picture.name for picture in page})
    return {name for name, times in counts.items() if times > max(len(pages) / 2, 2)}


def _images(page: PageObject) -> dict[str, str]:
    """Names that the page's instructions use for its images, and what tells one image from another."""
    resources: Any = page.get("/Resources")
    objects: Any = resources.get_object().get("/XObject") if resources is not None else None
    if objects is None:
        return {}
    found: dict[str, str] = {}
    for name, reference in objects.get_object().items():
        if reference.get_object().get("/Subtype") == "/Image":
            found[str(name)] = str(getattr(reference, "idnum", name))
    return found
