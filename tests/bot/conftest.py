"""Files that members could send, made on the spot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.documents import write_docx


@pytest.fixture
def make_docx(tmp_path: Path) -> Callable[..., Path]:
    """Write paragraphs into a Word file."""

    def make(paragraphs: Sequence[str], name: str = "bank.docx") -> Path:
        return write_docx(tmp_path / name, paragraphs)

    return make
