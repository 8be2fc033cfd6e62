"""A practice paper and its key as PDF."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from bot.services.exporting.paper import Paper
from paper.typesetting import typeset


def write_paper(paper: Paper, path: Path) -> None:
    """The questions, to be filled in by hand."""
    path.write_bytes(typeset("paper.typ", asdict(paper), "pdf"))


def write_key(paper: Paper, path: Path) -> None:
    """The answers, quick ones in fives, and the explanations."""
    path.write_bytes(typeset("key.typ", asdict(paper), "pdf"))


def write_whole(paper: Paper, path: Path) -> None:
    """The questions, and on a page of their own the answers."""
    path.write_bytes(typeset("whole.typ", asdict(paper), "pdf"))
