"""The lines of a file of any kind that papers and their keys come in."""

from __future__ import annotations

from pathlib import Path

from bot.services.importing.papers import Line
from bot.services.importing.rows import UnreadableFile


def paper_lines(path: Path) -> list[Line]:
    """The lines of a Word, text or PDF file, told by its first bytes.

    Raises:
        UnreadableFile: another kind of file, or damage in this one.
    """
    # The readers of papers ask for the lines of a second file, so they cannot be loaded before this module.
    try:
        with path.open("rb") as stream:
            head = stream.read(8)
    except OSError as error:
        raise UnreadableFile("答案文件读不了") from error
    if head.startswith(b"PK"):
        from bot.services.importing.docx_file import docx_lines

        return docx_lines(path)
    if head.startswith(b"%PDF"):
        from bot.services.importing.pdf_file import pdf_lines

        return pdf_lines(path)
    from bot.services.importing.text_file import text_lines

    return text_lines(path)
