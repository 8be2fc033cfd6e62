"""Word files made on the spot."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from docx import Document


def write_docx(path: Path, paragraphs: Iterable[str]) -> Path:
    """Write *paragraphs* into a Word file at *path*, which is returned."""
    document = Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.save(str(path))
    return path
